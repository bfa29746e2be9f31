"""The calls of the control API: what each does, which members its body has, what it answers.

Owns the table that control.py serves and openapi.py describes. Must not check bodies: control.py does.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from fake_amo.control import operations
from fake_amo.control.page.page import page_reply, world_of
from fake_amo.http.messages import Call, Reply, json_reply
from fake_amo.oauth.hooks import Delivery
from fake_amo.site.events import iso_time
from fake_amo.site.faults import MENU, RESET_MOMENTS, STEPS, Hold
from fake_amo.site.problems import API_PROBLEMS, TOKEN_PROBLEMS
from fake_amo.site.site import Site
from fake_amo.state.dataset import MOST_LEADS

Arguments = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Argument:
    """One member of a JSON body."""

    name: str
    type: str
    text: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the control API."""

    method: str
    path: str
    run: Callable[[Site, Call, Arguments], Reply]
    text: str
    arguments: tuple[Argument, ...] = ()
    status: int = 200
    open_ended: bool = False
    """True: further members are allowed and checked by the operation."""
    blocking: bool = False
    query: tuple[Argument, ...] = ()
    answer: tuple[str, ...] = ()
    """Members of the answer that are always there."""


_WHO = (
    Argument("client_id", "string", "Integration; left out, the first one"),
    Argument("account", "string", "Subdomain; left out, the first account"),
)


def _about(site: Site, _call: Call, _arguments: Arguments) -> Reply:
    return json_reply(200, site.about())


def _journal(site: Site, call: Call, _arguments: Arguments) -> Reply:
    last = call.query.get("last", str(site.settings.journal_size))
    if not last.isdigit() or not 1 <= int(last) <= site.settings.journal_size:
        raise ValueError(f"last must be a number from 1 to {site.settings.journal_size}, got {last!r}")
    return json_reply(200, {"entries": [asdict(each) for each in site.journal.entries()[-int(last) :]]})


def _page(_site: Site, _call: Call, _arguments: Arguments) -> Reply:
    return page_reply()


def _world(site: Site, _call: Call, _arguments: Arguments) -> Reply:
    with site.transaction():
        return json_reply(200, world_of(site))


def _trouble(site: Site, _call: Call, _arguments: Arguments) -> Reply:
    return json_reply(
        200,
        {
            "trouble": [asdict(each) for each in site.trouble],
            "unmodelled": [each._asdict() for each in site.unmodelled],
            "left_over": [each.as_dict() for each in site.faults.pending()],
        },
    )


def _faults(site: Site, _call: Call, _arguments: Arguments) -> Reply:
    menu = {
        name: {
            "text": kind.text,
            "needs": kind.required,
            "may_have": kind.optional,
            "steps": kind.steps,
            "harmless": kind.harmless,
        }
        for name, kind in MENU.items()
    }
    return json_reply(
        200,
        {
            "menu": menu,
            "steps": STEPS,
            "problems": {"token": tuple(TOKEN_PROBLEMS), "api": tuple(API_PROBLEMS)},
            "moments": RESET_MOMENTS,
            "faults": [each.as_dict() for each in site.faults.pending()],
            "active": [each.as_dict() for each in site.faults.active()],
        },
    )


def _add_fault(site: Site, _call: Call, arguments: Arguments) -> Reply:
    params = {name: value for name, value in arguments.items() if name not in {"step", "kind", "count"}}
    count = arguments.get("count", 1)
    fault = site.faults.add(arguments["step"], arguments["kind"], count=count, **params)
    return json_reply(201, fault.as_dict())


def _show_fault(site: Site, call: Call, _arguments: Arguments) -> Reply:
    wait_s = call.query.get("wait_s", "0")
    if not wait_s.replace(".", "", 1).isdigit() or float(wait_s) > 60:  # noqa: PLR2004 - a minute
        raise ValueError(f"wait_s must be a number of seconds up to 60, got {wait_s!r}")
    fault = site.faults.get(int(call.parts[0]))
    fault.held.wait(float(wait_s))
    return json_reply(200, fault.as_dict())


def _release_fault(site: Site, call: Call, _arguments: Arguments) -> Reply:
    fault = site.faults.get(int(call.parts[0]))
    if fault.kind != "hold":
        raise ValueError(f"fault {fault.id} is {fault.kind}, and only a hold can be released")
    Hold(fault).release()
    return json_reply(200, fault.as_dict())


def _remove_fault(site: Site, call: Call, _arguments: Arguments) -> Reply:
    site.faults.remove(int(call.parts[0]))
    return Reply(204)


def _mint_code(site: Site, _call: Call, arguments: Arguments) -> Reply:
    code = operations.mint_code(site, arguments.get("client_id"), arguments.get("account"))
    account = site.store.accounts[code.account_id]
    return json_reply(
        201,
        {
            "code": code.value,
            "client_id": code.client_id,
            "redirect_uri": code.redirect_uri,
            "referer": site.account_host(account),
            "expires_at": iso_time(code.expires_at),
        },
    )


def _advance(site: Site, _call: Call, arguments: Arguments) -> Reply:
    return json_reply(200, {"now": iso_time(site.advance(**arguments))})


def _reset(site: Site, _call: Call, _arguments: Arguments) -> Reply:
    site.reset()
    return Reply(204)


def _set_redirect_uri(site: Site, _call: Call, arguments: Arguments) -> Reply:
    operations.set_redirect_uri(site, arguments["redirect_uri"], arguments.get("client_id"))
    integration = operations.integration_of(site, arguments.get("client_id"))
    return json_reply(200, {"client_id": integration.client_id, "redirect_uri": integration.redirect_uri})


def _install(site: Site, _call: Call, arguments: Arguments) -> Reply:
    delivery = operations.install_widget(site, arguments.get("client_id"), arguments.get("account"))
    return _delivery(delivery)


def _disconnect(site: Site, _call: Call, arguments: Arguments) -> Reply:
    return _delivery(operations.disconnect(site, arguments.get("client_id"), arguments.get("account")))


def _webhook(site: Site, _call: Call, arguments: Arguments) -> Reply:
    event = arguments.get("event", "add")
    return _delivery(
        operations.webhook(
            site, arguments.get("client_id"), arguments.get("account"), event, arguments.get("lead_id")
        )
    )


def _delivery(delivery: Delivery | None) -> Reply:
    outcome = delivery or Delivery(None, "the integration has no such hook")
    return json_reply(200, {"status": outcome.status, "error": outcome.error})


def _rename(site: Site, _call: Call, arguments: Arguments) -> Reply:
    account = operations.rename_account(site, arguments.get("account"), arguments["to"])
    return json_reply(200, {"account": account.subdomain, "referer": site.account_host(account)})


def _secret(site: Site, _call: Call, arguments: Arguments) -> Reply:
    return json_reply(200, {"client_secret": operations.regenerate_secret(site, arguments.get("client_id"))})


def _paid(site: Site, _call: Call, arguments: Arguments) -> Reply:
    operations.set_paid(site, arguments.get("account"), paid=arguments["paid"])
    return json_reply(200, {"paid": arguments["paid"]})


def _sign_in_as(site: Site, _call: Call, arguments: Arguments) -> Reply:
    return json_reply(200, {"user_id": operations.sign_in_as(site, arguments["login"]).id})


def _set_leads(site: Site, _call: Call, arguments: Arguments) -> Reply:
    if not 0 <= arguments["count"] <= MOST_LEADS:
        raise ValueError(f"count must be from 0 to {MOST_LEADS}, got {arguments['count']}")
    operations.set_leads(site, arguments.get("account"), arguments["count"])
    return json_reply(200, {"count": arguments["count"]})


_TIMES = tuple(
    Argument(unit, "number", f"{unit.capitalize()} to add")
    for unit in ("seconds", "minutes", "hours", "days")
)
_FAULT = (
    Argument("step", "string", "One of `steps`", required=True),
    Argument("kind", "string", "One of `menu`", required=True),
    Argument("count", "integer|null", "How many requests meet it; null: all until it is removed"),
)
_FAULT_KEYS = ("id", "step", "kind", "left", "state")
_DELIVERY_KEYS = ("status", "error")
CALLS: tuple[Operation, ...] = (
    Operation("GET", "", _about, "Where the fake is and who may call it", answer=("url", "client_id")),
    Operation("GET", "/page", _page, "A page for people: the world, the journal, a button for each fault"),
    Operation("GET", "/world", _world, "Accounts, people, codes and tokens", answer=("accounts", "grants")),
    Operation(
        "GET",
        "/journal",
        _journal,
        "The requests so far, secrets masked",
        query=(Argument("last", "integer", "Only that many, the newest"),),
        answer=("entries",),
    ),
    Operation(
        "GET",
        "/trouble",
        _trouble,
        "What must not pass in silence: defects of the fake, calls that it does not model, faults left over",
        answer=("trouble", "unmodelled", "left_over"),
    ),
    Operation(
        "GET",
        "/faults",
        _faults,
        "The menu, the faults not met yet, and those that still have an effect",
        answer=("menu", "faults", "active"),
    ),
    Operation(
        "POST",
        "/faults",
        _add_fault,
        "Ask for a fault; further members are its parameters",
        _FAULT,
        201,
        open_ended=True,
        answer=_FAULT_KEYS,
    ),
    Operation(
        "GET",
        "/faults/{id}",
        _show_fault,
        "One fault; `wait_s` waits until a hold has met its request",
        blocking=True,
        query=(Argument("wait_s", "number", "Seconds to wait until it holds an answer"),),
        answer=_FAULT_KEYS,
    ),
    Operation("DELETE", "/faults/{id}", _remove_fault, "Take a fault back", status=204),
    Operation("POST", "/faults/{id}/release", _release_fault, "Let a held answer go", answer=_FAULT_KEYS),
    Operation("POST", "/codes", _mint_code, "Mint a code without a browser", _WHO, 201, answer=("code",)),
    Operation("POST", "/advance", _advance, "Move the clock forward", _TIMES, answer=("now",)),
    Operation("POST", "/reset", _reset, "Start over", status=204),
    Operation(
        "PUT",
        "/redirect_uri",
        _set_redirect_uri,
        "Register another redirect URI in the place of the old one",
        (Argument("redirect_uri", "string", "The new one", required=True), _WHO[0]),
        answer=("client_id", "redirect_uri"),
    ),
    Operation(
        "PUT",
        "/signed_in",
        _sign_in_as,
        "Say who is signed in where no session says otherwise",
        (Argument("login", "string", "Of a person of the world", required=True),),
        answer=("user_id",),
    ),
    Operation(
        "PUT",
        "/leads",
        _set_leads,
        "Give an account that many generated leads in the place of its own",
        (_WHO[1], Argument("count", "integer", "How many, up to 1,000,000", required=True)),
        answer=("count",),
    ),
    Operation(
        "POST",
        "/installs",
        _install,
        "Install from a widget: a call from server to server",
        _WHO,
        blocking=True,
        answer=_DELIVERY_KEYS,
    ),
    Operation(
        "POST",
        "/disconnects",
        _disconnect,
        "Switch an integration off in an account and tell its hook",
        _WHO,
        blocking=True,
        answer=_DELIVERY_KEYS,
    ),
    Operation(
        "POST",
        "/webhooks",
        _webhook,
        "Tell the integration's webhook of a change of a lead",
        (
            *_WHO,
            Argument("event", "string", "add, update, delete or status"),
            Argument("lead_id", "integer", "Lead"),
        ),
        blocking=True,
        answer=_DELIVERY_KEYS,
    ),
    Operation(
        "POST",
        "/renames",
        _rename,
        "Move an account to another subdomain",
        (_WHO[1], Argument("to", "string", "The new subdomain", required=True)),
        answer=("account", "referer"),
    ),
    Operation(
        "POST", "/secrets", _secret, "Give an integration a new secret", _WHO[:1], answer=("client_secret",)
    ),
    Operation(
        "POST",
        "/subscriptions",
        _paid,
        "Let an account's subscription run out, or pay it",
        (_WHO[1], Argument("paid", "boolean", "false: the API answers 402", required=True)),
        answer=("paid",),
    ),
)
