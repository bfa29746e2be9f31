// What must survive the process: started authorizations and the users' tokens, in one JSON file.
//
// Every change is written to a new file, flushed and moved into place before it counts, so a crash leaves
// the old file or the new one. All of it is synchronous: no request sees half a change. States and codes
// are kept as digests, so that a copy of the file finishes nobody's authorization.

import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

export const digest = (text) => createHash("sha256").update(text).digest("hex");

export class Store {
  #path;
  #data;

  constructor(path) {
    this.#path = path;
    this.#data = read(path);
  }

  /** Remember whose a state is; states past their time are dropped. */
  startAuthorization(state, user, now, lifeMs) {
    this.#change((data) => {
      for (const [key, each] of Object.entries(data.authorizations)) {
        if (each.expiresAt + lifeMs < now) delete data.authorizations[key];
      }
      data.authorizations[digest(state)] = { user, expiresAt: now + lifeMs, code: null, outcome: null };
    });
  }

  authorization(state) {
    return Object.hasOwn(this.#data.authorizations, digest(state)) ? this.#data.authorizations[digest(state)] : null;
  }

  /** The user's authorization that a code belongs to. */
  authorizationOfCode(user, code) {
    const spent = digest(code);
    return Object.values(this.#data.authorizations).find((each) => each.user === user && each.code === spent);
  }

  /** Tie a state to the one code that it may be spent on. */
  spend(state, code) {
    this.#change((data) => {
      data.authorizations[digest(state)].code = digest(code);
    });
  }

  /** Keep how an authorization ended, together with the tokens that it brought. */
  finish(state, outcome, grant) {
    this.#change((data) => {
      const authorization = data.authorizations[digest(state)];
      authorization.outcome = outcome;
      if (grant) data.grants[authorization.user] = grant;
    });
  }

  grant(user) {
    return Object.hasOwn(this.#data.grants, user) ? this.#data.grants[user] : null;
  }

  /** Replace a user's tokens, unless the user has connected anew meanwhile. */
  replaceGrant(user, old, grant) {
    if (this.grant(user)?.refreshToken !== old.refreshToken) return;
    this.#change((data) => {
      data.grants[user] = grant;
    });
  }

  #change(apply) {
    const next = structuredClone(this.#data);
    apply(next);
    write(this.#path, JSON.stringify(next));
    this.#data = next;
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return { authorizations: {}, grants: {} };
    throw new Error(`DATA_FILE ${path} cannot be read: ${error.message}`);
  }
}

function write(path, text) {
  const part = `${path}.part`;
  const file = openSync(part, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
}
