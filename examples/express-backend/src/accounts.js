// The users' accounts: authorizations from a state to stored tokens, and the tokens in use.
//
// A code is sent once and a refresh is under way once, however many requests wait for it.

import { randomBytes } from "node:crypto";
import { AmoError } from "./amo.js";
import { digest } from "./store.js";

const REFRESH_EARLY_MS = 60_000;
const LONGEST_SENTENCE = 200;

export const SENTENCES = {
  missing_code: "",
  malformed_request: "The address that AMO CRM sent you back to is malformed.",
  access_denied: "Access was declined in AMO CRM.",
  authorization_error: "AMO CRM reported an error instead of giving access.",
  unknown_account_host: "The account's address does not belong to AMO CRM.",
  state_unknown: "This authorization was not started from the app.",
  state_expired: "This authorization has expired. Please start again from the app.",
  state_spent: "This authorization has already been used. Please start again from the app.",
  interrupted: "The authorization was interrupted. Please start again from the app.",
  server_error: "Something went wrong on our side. Please try again.",
};

export const failed = (reason, sentence) => ({ connected: false, reason, sentence: sentence ?? SENTENCES[reason] });

export class NotConnected extends Error {}

export class Accounts {
  #amo;
  #settings;
  #store;
  #flights = new Map();

  constructor(settings, store, amo) {
    this.#settings = settings;
    this.#store = store;
    this.#amo = amo;
  }

  /** amoCRM's consent page with a state of this user's own, which survives a router that decodes it twice. */
  start(user) {
    const state = randomBytes(32).toString("base64url");
    this.#store.startAuthorization(state, user, Date.now(), this.#settings.stateLifeMs);
    return this.#amo.consentUrl(state);
  }

  /** How the authorization ends. A reload and a second delivery, which Safari makes, get the first one's end. */
  async redeem(code, state, referer) {
    const account = this.#amo.accountUrl(referer);
    if (!account) return failed("unknown_account_host");
    const authorization = this.#store.authorization(state);
    if (!authorization) return failed("state_unknown");
    if (authorization.code === digest(code)) {
      return authorization.outcome ?? this.#flights.get(`code ${digest(state)}`) ?? failed("interrupted");
    }
    if (authorization.code) return failed("state_spent");
    if (authorization.expiresAt <= Date.now()) return failed("state_expired");
    this.#store.spend(state, code);
    return this.#once(`code ${digest(state)}`, () => this.#exchange(account, code, state));
  }

  /** What apps from before get that still send the code after the callback: its outcome, without a request. */
  outcomeOf(user, code) {
    return this.#store.authorizationOfCode(user, code)?.outcome ?? failed("state_unknown");
  }

  status(user) {
    const grant = this.#store.grant(user);
    return { connected: Boolean(grant) && !grant.refused, reconnect_needed: Boolean(grant?.refused) };
  }

  async leads(user, page, limit) {
    let grant = this.#usable(user);
    if (grant.expiresAt - REFRESH_EARLY_MS <= Date.now()) grant = await this.#refreshed(user, grant);
    try {
      return await this.#amo.leads(grant.account, grant.accessToken, page, limit);
    } catch (error) {
      if (!error.refused) throw error;
    }
    grant = await this.#refreshed(user, grant);
    return this.#orLost(user, grant, () => this.#amo.leads(grant.account, grant.accessToken, page, limit));
  }

  async #exchange(account, code, state) {
    try {
      const grant = await this.#amo.exchangeCode(account, code);
      const outcome = { connected: true, reason: null, sentence: "" };
      this.#store.finish(state, outcome, grant);
      return outcome;
    } catch (error) {
      if (!(error instanceof AmoError)) throw error;
      const outcome = failed(error.reason, tidy(error.sentence, [code, this.#settings.clientSecret]));
      this.#store.finish(state, outcome, null);
      return outcome;
    }
  }

  #usable(user) {
    const grant = this.#store.grant(user);
    if (!grant || grant.refused) throw new NotConnected();
    return grant;
  }

  /** New tokens in the place of stale ones; those who ask at the same time share one request. */
  async #refreshed(user, stale) {
    const current = this.#usable(user);
    if (current.refreshToken !== stale.refreshToken) return current;
    return this.#once(`refresh ${user}`, () =>
      this.#orLost(user, stale, async () => {
        const grant = await this.#amo.refresh(stale.account, stale.refreshToken);
        this.#store.replaceGrant(user, stale, grant);
        return grant;
      }),
    );
  }

  async #orLost(user, grant, use) {
    try {
      return await use();
    } catch (error) {
      if (!error.refused) throw error;
      this.#store.replaceGrant(user, grant, { ...grant, refused: true });
      throw new NotConnected();
    }
  }

  #once(key, begin) {
    if (!this.#flights.has(key)) this.#flights.set(key, begin().finally(() => this.#flights.delete(key)));
    return this.#flights.get(key);
  }
}

/** Foreign text made fit for a page: one line, not long, none of the secrets. */
function tidy(text, secrets) {
  const clean = secrets.reduce((left, secret) => left.replaceAll(secret, "…"), text);
  const line = clean.replace(/[\s\p{C}]+/gu, " ").trim();
  return line.length > LONGEST_SENTENCE ? `${line.slice(0, LONGEST_SENTENCE - 1)}…` : line;
}
