// amoCRM: the token endpoint and the list of leads. Knows the wire format and what each bad answer means.

const ACCOUNT_HOST = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.(amocrm\.ru|amocrm\.com|kommo\.com)$/;

/** No result. `reason` goes to the app, `sentence` to the user; `refused` when amoCRM understood and said no. */
export class AmoError extends Error {
  constructor(reason, sentence, extra = {}) {
    super(reason);
    Object.assign(this, { reason, sentence, refused: false, retryAfter: null }, extra);
  }
}

const nonsense = () => new AmoError("amo_bad_answer", "AMO CRM gave an answer that could not be understood.");

export class Amo {
  #settings;

  constructor(settings) {
    this.#settings = settings;
  }

  consentUrl(state) {
    // amoCRM takes the redirect URI from the integration's settings.
    const query = new URLSearchParams({ client_id: this.#settings.clientId, state, mode: "post_message" });
    return `${this.#settings.amoUrl}/oauth?${query}`;
  }

  /** The origin of the account that `referer` names. It comes through a browser, so only amoCRM's own pass. */
  accountUrl(referer) {
    const { amoUrl } = this.#settings;
    const { host, protocol } = new URL(amoUrl);
    if (!referer || referer === host) return amoUrl;
    if (!ACCOUNT_HOST.test(referer)) return null;
    return ACCOUNT_HOST.test(host) ? `${protocol}//${referer}` : amoUrl;
  }

  exchangeCode(account, code) {
    return this.#grant(account, { grant_type: "authorization_code", code });
  }

  async refresh(account, refreshToken) {
    const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
    try {
      return await this.#grant(account, grant);
    } catch (error) {
      if (error.refused || error.retryAfter) throw error;
      return this.#grant(account, grant); // the answer was lost: amoCRM takes the old token once more
    }
  }

  /** One page of leads: `{leads, hasNext}`. */
  async leads(account, accessToken, page, limit) {
    const url = `${account}/api/v4/leads?${new URLSearchParams({ page, limit })}`;
    const { status, body } = await this.#send(url, { headers: { authorization: `Bearer ${accessToken}` } });
    if (status === 204) return { leads: [], hasNext: false };
    if (status === 401) throw new AmoError("exchange_refused", "AMO CRM refused the access.", { refused: true });
    const leads = body?._embedded?.leads;
    if (status !== 200 || !Array.isArray(leads)) throw nonsense();
    return { leads, hasNext: Boolean(body._links?.next) };
  }

  async #grant(account, grant) {
    const { clientId, clientSecret, redirectUri } = this.#settings;
    const { status, body } = await this.#send(`${account}/oauth2/access_token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUri,
        ...grant,
      }),
    });
    if (status >= 400 && status < 500) {
      const said = [body?.hint, body?.detail, body?.title].find((each) => typeof each === "string" && each.trim());
      throw new AmoError("exchange_refused", said || "AMO CRM refused the authorization code.", { refused: true });
    }
    if (status !== 200 || !isToken(body?.access_token) || !isToken(body?.refresh_token)) throw nonsense();
    if (!Number.isInteger(body.expires_in) || body.expires_in <= 0) throw nonsense();
    return {
      account,
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      expiresAt: Date.now() + body.expires_in * 1000,
      refused: false,
    };
  }

  /** The limit is on the whole exchange: a server that sends a byte now and then is slow too. */
  async #send(url, request) {
    const signal = AbortSignal.timeout(this.#settings.amoTimeoutMs);
    let answer;
    let text;
    try {
      answer = await fetch(url, { ...request, signal, redirect: "manual" });
      text = await answer.text();
    } catch (error) {
      if (error.name === "TimeoutError") throw new AmoError("amo_timeout", "AMO CRM did not answer in time.");
      throw new AmoError("amo_unreachable", "AMO CRM could not be reached.");
    }
    if (answer.status === 429) {
      const retryAfter = Number(json(text)?.retry_after) || Number(answer.headers.get("retry-after")) || 60;
      throw new AmoError("amo_busy", "AMO CRM is busy. Please try again in a few minutes.", { retryAfter });
    }
    return { status: answer.status, body: json(text) };
  }
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // what is no JSON says nothing; callers treat it as nonsense
  }
}

/** What can be sent back in a header: visible ASCII. */
function isToken(value) {
  return typeof value === "string" && /^[!-~]+$/.test(value);
}
