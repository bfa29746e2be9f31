// The paths: what the app asks for as JSON, and the callback, which answers with a page whatever happens.

import express from "express";
import { Accounts, failed, NotConnected } from "./accounts.js";
import { Amo, AmoError } from "./amo.js";
import { pageOf } from "./page.js";
import { Store } from "./store.js";

const MAX_LIMIT = 250; // amoCRM answers 422 above it

/** One line for whoever runs this. Never a URL, a message of a library or a value that came from outside. */
function log(what, why) {
  console.log(JSON.stringify({ at: new Date().toISOString(), what, why }));
}

/** What becomes of a callback; amoCRM is asked only when a code came and no error with it. */
async function decide(accounts, query) {
  const [code, state, error] = ["code", "state", "error"].map((name) => query.get(name) ?? "");
  if (error) return failed(error === "access_denied" ? "access_denied" : "authorization_error");
  if (["code", "state"].some((name) => query.getAll(name).length > 1)) return failed("malformed_request");
  if (!code) return failed("missing_code");
  return accounts.redeem(code, state, query.get("referer"));
}

function callback(settings, accounts) {
  return async (request, response) => {
    const query = new URL(request.originalUrl, "http://callback").searchParams;
    let outcome;
    try {
      outcome = await decide(accounts, query);
    } catch (error) {
      log("callback failed", error.code ?? error.name);
      outcome = failed("server_error");
    }
    log(outcome.connected ? "account connected" : "account not connected", outcome.reason);
    // 200 for failures too: a web view that replaces an error answer by its own takes the button away.
    const { html, headers } = pageOf(settings, outcome, query.get("state") ?? "");
    response.set(headers).send(html);
  };
}

function signedIn(sessions) {
  return (request, response, next) => {
    const [, token] = /^Bearer +(\S+) *$/i.exec(request.get("authorization") ?? "") ?? [];
    const user = sessions.get(token);
    if (!user) return refuse(response, 401, "unauthorized", "Sign in first: the session is missing or unknown.");
    response.locals.user = user;
    return next();
  };
}

function refuse(response, status, error, message) {
  return response.status(status).json({ error, message });
}

function counted(text, fallback, most) {
  if (text === undefined) return fallback;
  const number = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : NaN;
  return number <= most ? number : null;
}

function leads(accounts) {
  return async (request, response) => {
    const page = counted(request.query.page, 1, 1_000_000);
    const limit = counted(request.query.limit, 50, MAX_LIMIT);
    if (!page || !limit) {
      return refuse(response, 422, "invalid_request", `page and limit (1 to ${MAX_LIMIT}) are numbers.`);
    }
    const found = await accounts.leads(response.locals.user, page, limit);
    const rows = found.leads.map(({ id, name, price, status_id, pipeline_id, created_at, updated_at }) => ({
      id, name, price, status_id, pipeline_id, created_at, updated_at,
    }));
    return response.json({ leads: rows, page, limit, next_page: found.hasNext ? page + 1 : null });
  };
}

function exchangeCode(accounts) {
  return (request, response) => {
    const code = request.body?.code;
    if (typeof code !== "string" || !code) return refuse(response, 422, "invalid_request", "code is missing.");
    const outcome = accounts.outcomeOf(response.locals.user, code);
    if (outcome.connected) return response.json({ connected: true });
    return refuse(response, 400, outcome.reason, outcome.sentence);
  };
}

/** Every other failure. Express needs all four parameters to see an error handler. */
function failure(error, _request, response, _next) {
  if (error instanceof NotConnected) return refuse(response, 409, "not_connected", "Connect AMO CRM first.");
  if (error instanceof AmoError) {
    if (error.retryAfter) response.set("Retry-After", String(error.retryAfter));
    return refuse(response, error.retryAfter ? 429 : 503, error.reason, error.sentence);
  }
  if (error.status >= 400 && error.status < 500) {
    return refuse(response, error.status, "invalid_request", "The request is not understood.");
  }
  log("request failed", error.code ?? error.name);
  return refuse(response, 500, "server_error", "Something went wrong on our side. Please try again.");
}

export function createApp(settings) {
  const accounts = new Accounts(settings, new Store(settings.dataFile), new Amo(settings));
  const user = signedIn(settings.sessions);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/health", (_request, response) => response.json({ status: "ok" }));
  // A look at the headers must not spend the code.
  app.head("/api/amo-crm/callback", (_request, response) => response.status(405).set("Allow", "GET").end());
  app.get("/api/amo-crm/callback", callback(settings, accounts));
  app.use("/api", (_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  app.get("/api/amo-crm/auth-url", user, (_request, response) => {
    response.json({ url: accounts.start(response.locals.user) });
  });
  app.get("/api/amo-crm/status", user, (_request, response) => {
    response.json(accounts.status(response.locals.user));
  });
  app.get("/api/leads", user, leads(accounts));
  app.post("/api/amo-crm/exchange-code", user, express.json({ limit: "32kb" }), exchangeCode(accounts));
  app.use((_request, response) => refuse(response, 404, "not_found", "There is no such path."));
  app.use(failure);
  return app;
}
