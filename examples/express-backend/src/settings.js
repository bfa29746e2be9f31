// Settings: read once from the environment, checked before anything starts.

const FAULTS = ["auto_redirect"];

function required(env, name) {
  if (!env[name]) throw new Error(`${name} is not set: give it as an environment variable`);
  return env[name];
}

function sessions(text) {
  const pairs = text.split(",").map((pair) => pair.split(":"));
  if (!pairs.every(([token, user]) => token && user)) throw new Error("APP_SESSIONS must be token:user,token:user");
  return new Map(pairs);
}

function origin(env, name) {
  const url = required(env, name);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new Error(`${name} is no http(s) URL`);
  return url.replace(/\/+$/, "");
}

export function settingsFrom(env) {
  const fault = env.FAULT || null;
  if (fault && !FAULTS.includes(fault)) throw new Error(`FAULT ${fault} is unknown: there is ${FAULTS.join(", ")}`);
  return Object.freeze({
    port: Number(env.PORT || 3000),
    amoUrl: origin(env, "AMO_BASE_URL"),
    clientId: required(env, "AMO_CLIENT_ID"),
    clientSecret: required(env, "AMO_CLIENT_SECRET"),
    redirectUri: origin(env, "AMO_REDIRECT_URI"),
    amoTimeoutMs: Number(env.AMO_TIMEOUT_MS || 8000),
    dataFile: env.DATA_FILE || "data.json",
    // Who is signed in is another service's business; here the app's bearer tokens are given.
    sessions: sessions(env.APP_SESSIONS || "test:user-1,test-2:user-2"),
    stateLifeMs: 60 * 60 * 1000,
    deepLink: env.APP_DEEP_LINK || "foryoure://amo-crm/callback",
    fault,
  });
}
