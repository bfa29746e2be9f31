"""What of each clause can be seen over HTTP alone, without a browser: the same drive for every backend.

Owns the drives. A fact is plain data; that a fault's differs from the reference's is the tests' business.
"""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
from starlette.responses import Response

from backend_under_test import Parts
from tests.http.backend_under_test.amo_stub import AmoStub, problem
from tests.http.backend_under_test.conftest import CALLBACK, CODE, SECRET, Launcher, Running

NONSENSE = Response("{", media_type="application/json")
HOSTILE = '50% <script>x</script> & success=true # \n"quoted"'


@dataclass
class Bench:
    """A backend made of `parts`, started anew for each drive."""

    start_backend: Launcher
    amo: AmoStub
    parts: Parts

    def start(self, **changes: Any) -> Running:
        """A backend with an empty database in memory, before an amoCRM that remembers nothing."""
        self.amo.forget()
        return self.start_backend(parts=self.parts, **{"database_url": "sqlite://", **changes})


def page_facts(page: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what is new each time."""
    text = re.sub(r"nonce(-|=\")[\w-]+", "nonce", page.text)
    text = re.sub(r"state=[^\"&']*", "state", text)
    headers = {
        name: re.sub(r"nonce-[\w-]+|state=.*", "", value)
        for name, value in page.headers.items()
        if name not in {"date", "content-length", "location"}
    }
    return page.status_code, headers, text


def link_of(page: httpx.Response) -> str:
    """The button's link; empty where the page has none in the reference's place."""
    found = re.search(r'data-link="([^"]*)"', page.text)
    return found[1].replace("&amp;", "&") if found else ""


def success_page(bench: Bench) -> object:
    """The page after a granted exchange."""
    return page_facts(bench.start().connect())


def first_byte(bench: Bench) -> object:
    """Whether it comes while amoCRM holds the tokens, and what the status says when it comes."""
    backend = bench.start()
    state, before = backend.state(), backend.connected()
    bench.amo.gate.clear()
    came, asked = threading.Event(), threading.Event()

    def load() -> None:
        with backend.client.stream("GET", CALLBACK, params=backend.query(code=CODE, state=state)) as page:
            came.set()
            asked.wait(20)
            page.read()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(load)
        early = came.wait(0.2)
        if not early:
            bench.amo.gate.set()
        came.wait(20)
        status = backend.get("/api/amo-crm/status").json().get("connected")
        asked.set()
        bench.amo.gate.set()
        done.result()
    return before, early, status


def token_requests(bench: Bench) -> object:
    """How often codes are sent, accepted and on a reload, and which with one that is refused."""
    backend = bench.start()
    state = backend.state()
    counts: list[int] = []
    for _ in range(2):
        backend.callback(code=CODE, state=state)
        counts.append(len(bench.amo.token_requests))
    bench.amo.token_answers.extend(problem(400, "revoked") for _ in range(2))
    backend.connect(code="another")
    return [*counts, [each.get("code") for each in bench.amo.token_requests]]


def missing_code(bench: Bench) -> object:
    """The page without a code."""
    backend = bench.start()
    page = backend.callback(state=backend.state())
    return page_facts(page), len(bench.amo.token_requests)


def declined(bench: Bench) -> object:
    """The page after a decline."""
    backend = bench.start()
    page = backend.callback(error="access_denied", state=backend.state())
    return page_facts(page), len(bench.amo.token_requests)


def refused(bench: Bench) -> object:
    """The page and the status after a refused exchange, and what comes with the first byte meanwhile."""
    backend = bench.start()
    bench.amo.token_answers.append(problem(400, HOSTILE))
    page = backend.connect()
    return page_facts(page), backend.get("/api/amo-crm/status").json().get("connected")


def amo_down(bench: Bench) -> object:
    """The page when amoCRM talks nonsense."""
    backend = bench.start()
    bench.amo.token_answers.append(NONSENSE)
    return page_facts(backend.connect())


def unknown_state(bench: Bench) -> object:
    """The page for a state that was never issued."""
    backend = bench.start()
    return page_facts(backend.callback(code=CODE, state="never-issued"))


def pages_without_success(bench: Bench) -> object:
    """The pages of the other kinds: any of them may leave."""
    pages = (missing_code, refused, unknown_state, amo_down)
    return tuple(page(bench) for page in pages)


def success_link(bench: Bench) -> object:
    """The link, the state's value replaced by whether it decodes once to the one given to amoCRM."""
    backend = bench.start()
    state = backend.state()
    link = link_of(backend.callback(code=CODE, state=state))
    found = re.search(r"state=([^&]*)", link)
    return re.sub(r"state=[^&]*", "state", link), found is not None and unquote(found[1]) == state


def error_links(bench: Bench) -> object:
    """The links of three kinds of failure."""
    backend = bench.start()
    bench.amo.token_answers.append(problem(400, HOSTILE))
    failures = (backend.connect(), backend.callback(), backend.callback(error="access_denied"))
    return [link_of(page) for page in failures]


def statuses(bench: Bench) -> object:
    """What the status says before, between and after, to two users who connect at once, and when revoked."""
    backend = bench.start()
    told = [backend.get("/api/amo-crm/status").text]
    states = {session: backend.state(session) for session in ("test", "test-2")}
    told.append(backend.get("/api/amo-crm/status").text)
    for session, state in states.items():
        backend.callback(code=f"{CODE}{session}", state=state)
        told.append(backend.get("/api/amo-crm/status", session).text)
    bench.amo.rejected_access_tokens |= {"access-1", "access-2"}
    bench.amo.token_answers.append(problem(401, "Token has been revoked"))
    backend.get("/api/leads")
    return [*told, backend.get("/api/amo-crm/status").text]


def when_revoked(bench: Bench) -> object:
    """What the app is told once amoCRM has ended the tokens."""
    backend = bench.start()
    backend.connect()
    bench.amo.rejected_access_tokens.add("access-1")
    bench.amo.token_answers.append(problem(401, "Token has been revoked"))
    leads = backend.get("/api/leads").status_code
    return leads, backend.get("/api/amo-crm/status").text


def when_limited(bench: Bench) -> object:
    """What the status says after a 429, and after a breakdown."""
    told: list[str] = []
    for status in (429, 502):
        backend = bench.start()
        backend.connect()
        bench.amo.leads_answers.append(problem(status, "later"))
        backend.get("/api/leads")
        told.append(backend.get("/api/amo-crm/status").text)
    return told


def when_a_refresh_is_lost(bench: Bench) -> object:
    """How leads and status go on when the answer to a refresh was lost and its token is spent."""
    backend = bench.start()
    backend.connect()
    bench.amo.rejected_access_tokens.add("access-1")
    bench.amo.token_answers.extend([NONSENSE, problem(401, "revoked"), problem(401, "revoked")])
    told = [backend.get("/api/leads").status_code for _ in range(2)]
    return told, backend.get("/api/amo-crm/status").text


def own_tokens(bench: Bench) -> object:
    """Whose tokens each of two users' leads are asked for with."""
    backend = bench.start()
    for session in ("test", "test-2"):
        backend.callback(code=f"{CODE}{session}", state=backend.state(session))
    told: list[int] = []
    for token, session in (("access-1", "test"), ("access-2", "test-2")):
        bench.amo.rejected_access_tokens.add(token)
        bench.amo.token_answers.append(problem(401, "Token has been revoked"))
        told.append(backend.get("/api/leads", session).status_code)
        told.append(backend.get("/api/leads", "test-2").status_code)
    return told


def believed_hosts(bench: Bench) -> object:
    """What the page says when `referer` names somebody else."""
    told: list[str] = []
    for referer in ("{own}@127.0.0.1:9", "127.0.0.1:9", "127.0.0.1:9/.amocrm.ru", "127.0.0.1:9#.amocrm.ru"):
        backend = bench.start()
        referer = referer.format(own=backend.query()["referer"])  # noqa: PLW2901 - a spelling of this backend
        told.append(link_of(backend.callback(code=CODE, state=backend.state(), referer=referer)))
    return told


def after_a_look(bench: Bench) -> object:
    """Whether the user succeeds after a HEAD request for the same callback."""
    backend = bench.start()
    query = {"code": CODE, "state": backend.state()}
    backend.client.head(CALLBACK, params=query)
    return "✓" in backend.callback(**query).text


def http_statuses(bench: Bench) -> object:
    """How the app is answered after the return, an old one's exchange of the code included."""
    backend = bench.start()
    backend.connect()
    told = [backend.get(path).status_code for path in ("/api/amo-crm/status", "/api/leads")]
    session = {"Authorization": "Bearer test"}
    exchanged = backend.client.post("/api/amo-crm/exchange-code", json={"code": CODE}, headers=session)
    return [*told, exchanged.status_code]


def after_restart(bench: Bench) -> object:
    """What the status says when the process begins again with the same database, which no other bench had."""
    url = f"{bench.start_backend.defaults.database_url}-{uuid4().hex}"
    bench.start(database_url=url).connect()
    return bench.start(database_url=url).get("/api/amo-crm/status").text


def leads(bench: Bench) -> object:
    """What the list shows: two pages, then with tokens that have expired, once and for several at once."""
    backend = bench.start()
    bench.amo.leads = [{"id": number} for number in range(60)]
    states = {session: backend.state(session) for session in ("test", "test-2")}
    for session, state in states.items():
        backend.callback(code=f"{CODE}{session}", state=state)
    told = [backend.get("/api/amo-crm/status").text]
    told += [backend.get("/api/leads", session, page=page).text for session in states for page in (1, 2)]
    asked = len(bench.amo.token_requests)
    backend.now_s[0] += bench.amo.lifetime_s
    told += [str(backend.get("/api/leads").status_code) for _ in range(2)]
    told.append(f"{len(bench.amo.token_requests) - asked} refreshed one by one")
    return [*told, refreshed_at_once(bench, backend)]


def refreshed_at_once(bench: Bench, backend: Running) -> list[object]:
    """The refresh token of each refresh that two parallel calls cost."""
    backend.now_s[0] += 2 * bench.amo.lifetime_s
    before = len(bench.amo.token_requests)
    bench.amo.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(backend.get, "/api/leads") for _ in range(2)]
        bench.amo.more_token_requests_came(before + 2, within_s=0.3)
        bench.amo.gate.set()
        assert all(call.result().status_code for call in calls)
    return [each.get("refresh_token") for each in bench.amo.token_requests[before:]]


def leaks(bench: Bench) -> object:
    """Where code, tokens and secret show."""
    backend = bench.start()
    page = backend.connect()
    places = {"page": page.text, "headers": str(page.headers)}
    places |= {path: backend.get(path).text for path in ("/api/amo-crm/status", "/api/leads")}
    secrets = {"code": CODE, "secret": SECRET, "access": "access-1", "refresh": "refresh-1"}
    return {
        (place, name) for place, text in places.items() for name, value in secrets.items() if value in text
    }


def markup_injected(bench: Bench) -> object:
    """Which hostile text becomes markup."""
    backend = bench.start()
    bench.amo.token_answers.append(problem(400, HOSTILE))
    pages = {
        "hint": backend.connect(),
        "state": backend.callback(code=CODE, state=HOSTILE),
        "error": backend.callback(error=HOSTILE, state=backend.state()),
    }
    spoken = backend.callback(code="spoken", state="'-alert(1)-'").text
    raw = "'-alert(1)-'" in spoken
    return [name for name, page in pages.items() if "<script>x" in page.text] + ["handler"] * raw


def foreign_states(bench: Bench) -> object:
    """Token requests for a state that was not issued, and for a spent one."""
    backend = bench.start()
    state = backend.state()
    backend.callback(code="first", state="made-up")
    unknown = len(bench.amo.token_requests)
    backend.callback(code="second", state=state)
    backend.callback(code="third", state=state)
    return unknown, len(bench.amo.token_requests) - unknown


def policies(bench: Bench) -> object:
    """The headers of SEC-04."""
    headers = bench.start().connect().headers
    return headers.get("cache-control"), headers.get("referrer-policy")


def deliveries(bench: Bench) -> object:
    """Whether a reload, its page loaded once more, and a parallel delivery show success."""
    backend = bench.start()

    def shown(code: str, state: str) -> httpx.Response:
        query = backend.query(code=code, state=state)
        return backend.client.get(CALLBACK, params=query, follow_redirects=True)

    state = backend.state()
    pages = [shown(CODE, state), backend.client.get(shown(CODE, state).url)]
    state = backend.state()
    bench.amo.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shown, "another", state)
        bench.amo.more_token_requests_came(len(pages), within_s=2)
        second = pool.submit(shown, "another", state)
        for _ in range(3):
            backend.get("/health")
        bench.amo.gate.set()
        return ["✓" in each.text for each in (*pages, first.result(), second.result())]


def output(bench: Bench) -> object:
    """What of the log should not be there: secrets, and a line that foreign text begins."""
    backend = bench.start()
    backend.connect()
    backend.callback(error=HOSTILE, state=HOSTILE)
    lines = backend.log_lines()
    leaked = [any(secret in line for line in lines) for secret in (CODE, SECRET, "access-1")]
    return [*leaked, any(line.startswith('"quoted"') for line in lines)]


def state_form(bench: Bench) -> object:
    """Whether states consist of unreserved characters."""
    return re.fullmatch(r"[\w.~-]+", bench.start().state(), re.ASCII) is not None


FACTS: dict[str, Callable[[Bench], object]] = {
    "CB-01": first_byte,
    "CB-02": lambda bench: (first_byte(bench), refused(bench), statuses(bench)),
    "CB-03": token_requests,
    **dict.fromkeys(["CB-04", "CB-05", "CB-06", "CB-07", "A11Y-01", "A11Y-02"], success_page),
    "CB-08": missing_code,
    "CB-09": refused,
    "CB-10": amo_down,
    "CB-11": declined,
    **dict.fromkeys(["DL-01", "DL-02", "DL-03"], success_link),
    "DL-04": error_links,
    "ST-01": statuses,
    "ST-02": http_statuses,
    "ST-03": after_restart,
    "APP-01": lambda bench: (success_link(bench), leads(bench)),
    "APP-03": leads,
    "APP-07": state_form,
    "SEC-01": leaks,
    "SEC-02": markup_injected,
    "SEC-03": foreign_states,
    "SEC-04": policies,
    "SEC-05": deliveries,
    "SEC-06": error_links,
    "SEC-07": output,
    "SEC-08": believed_hosts,
    "SEC-09": own_tokens,
    "CB-12": after_a_look,
    "TOK-01": leads,
    "TOK-02": lambda bench: (leads(bench), when_a_refresh_is_lost(bench)),
    "TOK-03": when_revoked,
    "TOK-04": when_limited,
    "LD-01": leads,
}
"""The drive for each clause that a backend can break."""
