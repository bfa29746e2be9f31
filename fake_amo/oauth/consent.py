"""The consent page: sign-in, account, rights, allow or decline, and the way back to the redirect URI.

Owns the parameters of the redirect and their order. Must not hold state or texts.
"""

from typing import Any
from urllib.parse import parse_qsl

from fake_amo.http.messages import Call, Reply, encode_pairs, redirect
from fake_amo.oauth.pages import language_of, page, rights_of
from fake_amo.site.site import Site
from fake_amo.state.dataset import Account, Integration, User
from fake_amo.state.grants import Code, Holder

_SESSION = "session_id"


def show_main_page(site: Site, call: Call) -> Reply:
    """Return the page where unknown clients end."""
    return page("main", call, site.profile)


def show_consent(site: Site, call: Call) -> Reply:
    """Return the consent page, the sign-in form before it, or the way to the main page."""
    integration = _integration(site, call)
    if integration is None:
        return redirect(f"{call.origin}/")  # no error page (FACTS: CONSENT-UNKNOWN-CLIENT)
    user = _signed_in(site, call)
    if user is None:
        return _sign_in_form(site, call, refused=False)
    accounts = site.store.accounts_offered(user.id, integration)
    site.emit(
        "consent_shown",
        {
            "client_id": integration.client_id,
            "state": call.query.get("state"),
            "mode": call.query.get("mode"),
            "accounts": [each.subdomain for each in accounts],
        },
    )
    language = language_of(call, site.profile)
    rights = rights_of(integration.scopes, language)
    return page(
        "consent", call, site.profile, integration=integration, user=user, accounts=accounts, rights=rights
    )


def show_sign_in(site: Site, call: Call) -> Reply:
    """Return the sign-in form also to somebody who is signed in: another person may want to be."""
    return _sign_in_form(site, call, refused=False)


def sign_in(site: Site, call: Call) -> Reply:
    """Check login and password; open a session and go back to the consent page."""
    login = str(call.fields.get("login", ""))
    user = site.store.user_by_login(login) or site.crowd.admit(site.store, login)
    if user is None or user.password != call.fields.get("password"):
        return _sign_in_form(site, call, refused=True)
    session = site.store.open_session(user.id)
    site.emit("signed_in", {"user_id": user.id, "login": user.login}, {"session": session})
    reply = redirect(f"{call.origin}/oauth?{call.raw_query}", 303)
    return reply.with_header("set-cookie", f"{_SESSION}={session}; Path=/; HttpOnly; SameSite=Lax")


def decide(site: Site, call: Call) -> Reply:
    """Allow or decline, and lead the browser to the redirect URI."""
    integration = _integration(site, call)
    if integration is None:
        return redirect(f"{call.origin}/")
    user = _signed_in(site, call)
    account = _chosen_account(site, call, user, integration)
    decision = call.fields.get("decision")
    if user is None or account is None or decision not in {"allow", "decline"}:
        return redirect(f"{call.origin}/oauth?{call.raw_query}", 303)
    call.who |= {"client_id": integration.client_id, "account_id": account.id, "user_id": user.id}
    if decision == "allow":
        pairs = _allowed(site, call, integration, user, account)
    else:
        site.emit("consent_declined", {"client_id": integration.client_id, "state": call.query.get("state")})
        pairs = _declined(call, integration)
    return redirect(with_pairs(integration.redirect_uri, pairs))


def finish_popup(site: Site, call: Call, reply: Reply) -> Reply:
    """Turn the redirect into a page that hands it to the opener, where `mode=popup` has one.

    Runs after the faults, which know redirects only (FACTS: MODE-POPUP).
    """
    is_popup = call.query.get("mode") == "popup" and call.fields.get("opener") == "1"
    location = dict(reply.headers).get("location", "")
    if not (is_popup and reply.status == 302 and call.who):  # noqa: PLR2004 - Found
        return reply
    answer = dict(parse_qsl(location.partition("?")[2]))
    message: dict[str, Any] = {"url": location}
    if "error" in answer:
        message = {"client_id": call.who["client_id"], "error": answer["error"]}
    by_message = "origin" in call.query
    if not by_message:
        message = {"url": location}
    return page("popup_done", call, site.profile, message=message, by_message=by_message)


def report_decision(site: Site, call: Call, reply: Reply | None) -> None:
    """Emit where the browser was sent, as the faults left it."""
    url = dict(reply.headers).get("location") if reply else None
    if url is not None and call.who:
        code = dict(parse_qsl(url.partition("?")[2])).get("code", "")
        site.emit("redirected", {"url": url, "has_code": bool(code)}, {"code": code})


def code_for(site: Site, integration: Integration, user: User, account: Account) -> Code:
    """Install the integration and return a fresh code: what allowing does, also without a browser."""
    holder = Holder(integration.client_id, account.id, user.id)
    site.store.install(integration.client_id, account.id)
    code = site.store.grants.issue_code(holder, integration.redirect_uri, site.clock.now())
    site.emit(
        "code_issued",
        {
            "client_id": integration.client_id,
            "account_id": account.id,
            "code": code.value,
            "expires_at": code.expires_at,
        },
        {"code": code.value},
    )
    return code


def redirect_pairs(
    site: Site, call: Call | None, integration: Integration, account: Account, code: Code
) -> list[tuple[str, str]]:
    """Return the redirect's parameters without `state`, in the captured order (FACTS: REDIRECT-ORDER)."""
    pairs = [("code", code.value), ("referer", site.account_host(account, call))]
    if site.profile.platform_sent:
        pairs.append(("platform", str(site.profile.platform)))
    return [*pairs, ("client_id", integration.client_id)]


def with_pairs(uri: str, pairs: list[tuple[str, str]]) -> str:
    """Append parameters to a redirect URI, after those that it has already (FACTS: REDIRECT-JOIN)."""
    return f"{uri}{'&' if '?' in uri else '?'}{encode_pairs(pairs)}"


def _allowed(
    site: Site, call: Call, integration: Integration, user: User, account: Account
) -> list[tuple[str, str]]:
    code = code_for(site, integration, user, account)
    given = {
        "client_id": integration.client_id,
        "account_id": account.id,
        "state": call.query.get("state"),
        "code": code.value,
    }
    site.emit("consent_given", given, {"code": code.value})
    pairs = redirect_pairs(site, call, integration, account, code)
    return [pairs[0], *_state(call), *pairs[1:]]


def _declined(call: Call, integration: Integration) -> list[tuple[str, str]]:
    return [("error", "access_denied"), ("client_id", integration.client_id), *_state(call)]


def _state(call: Call) -> list[tuple[str, str]]:
    return [("state", call.query["state"])] if "state" in call.query else []


def _integration(site: Site, call: Call) -> Integration | None:
    return site.store.integrations.get(call.query.get("client_id", ""))


def _signed_in(site: Site, call: Call) -> User | None:
    user_id = site.store.sessions.get(call.cookies.get(_SESSION, ""))
    if user_id is None and site.settings.sign_in == "remembered":
        # The form says whom its page named: somebody else may be expected since it was shown.
        named = {str(each.id): each.id for each in site.world.users}
        user_id = named.get(str(call.fields.get("user_id")), site.store.expected_user_id)
    return None if user_id is None else site.store.user(user_id)


def _sign_in_form(site: Site, call: Call, *, refused: bool) -> Reply:
    site.emit("sign_in_shown", {"refused": refused})
    known = site.store.user(site.store.expected_user_id) if site.settings.sign_in == "prefilled" else None
    login, password = (known.login, known.password) if known else ("", "")
    return page("sign_in", call, site.profile, refused=refused, login=login, password=password)


def _chosen_account(site: Site, call: Call, user: User | None, integration: Integration) -> Account | None:
    """Return the account that the form names, among those on offer; the only one needs no naming."""
    offered = site.store.accounts_offered(user.id, integration) if user else []
    if "account_id" not in call.fields and len(offered) == 1:
        return offered[0]
    return next((each for each in offered if str(each.id) == str(call.fields.get("account_id"))), None)
