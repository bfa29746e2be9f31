"""The historical defects again: each page visited once in the engine, and every host shown what it did.

Owns the pages, the hosts that stand beside each other, and the cells. No cell is written here: the engine
reports the departures, the host's table decides, the app shows what comes of it.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlencode

from harness.engines import Departure, Tab
from harness.errors import HarnessError, NotSimulated, UsageError
from harness.phone import HOSTS, HostChoices, HostDecision, Phone, PhoneSettings, what_the_user_sees
from harness.phone.hosts.measured import Measurement, measured
from harness.phone.screens import SUCCESS_SHOWN_S
from harness.proofs.prove import all_subjects, made_into
from harness.runs.opening import check_gesture
from harness.stage.page.answers import count_answers
from harness.stage.world import Stage, World
from harness.timeline.events import Build

DEPARTS_WITHIN_S = 5.0
BUTTON_WITHIN_S = 5.0
"""More than the two seconds after which the historic page showed its button."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as it was or is, and what its user does."""

    id: str
    title: str
    fault: str = ""
    """The fault of the reference backend that makes the page; empty: the page as it is."""
    departs_alone: bool = False
    taps_button: bool = False
    taps_allow: bool = True
    """Whether the tap on amoCRM's consent page begins the chain; else the callback is opened by nobody."""
    build: Build = "current"


ROWS = (
    PageRow(
        "auto_redirect",
        "`location.href` at once, button after 2 s; nobody taps",
        "auto_redirect_and_late_button",
        departs_alone=True,
    ),
    PageRow(
        "late_button",
        "the same page, its button tapped as soon as it is there",
        "auto_redirect_and_late_button",
        departs_alone=True,
        taps_button=True,
    ),
    PageRow(
        "redirect_after_tap",
        "302 to the app, in the chain that the tap on “Разрешить” began",
        "departs_by_3xx",
        departs_alone=True,
    ),
    PageRow(
        "redirect", "302 to the app, no tap before it", "departs_by_3xx", departs_alone=True, taps_allow=False
    ),
    PageRow(
        "meta_refresh", "meta refresh after 1 s; nobody taps", "departs_by_meta_refresh", departs_alone=True
    ),
    PageRow("button", "the button alone, as it is now; tapped", taps_button=True),
    PageRow(
        "spent_code",
        "the button with the spent code in its link; the app from before the fix",
        "spent_code_in_link",
        taps_button=True,
        build="before_fix",
    ),
    PageRow(
        "old_app",
        "the button as it is now; the app from before the fix",
        taps_button=True,
        build="before_fix",
    ),
)


@dataclass(frozen=True, slots=True)
class HostColumn:
    """A host, and what is assumed of it where reports contradict each other."""

    title: str
    host: str
    choices: HostChoices
    measurements: tuple[Measurement, ...] = ()


def columns(measurements: tuple[Measurement, ...] = ()) -> tuple[HostColumn, ...]:
    """Return every host; one whose behaviour without a gesture is disputed stands there in both ways.

    What measurements settled is disputed no more.
    """
    found: list[HostColumn] = []
    for host in (measured(each, measurements) for each in HOSTS.values()):
        found.append(HostColumn(host.name, host.name, HostChoices(), measurements))
        if host.prompting:
            choices = HostChoices(no_gesture="prompt")
            found.append(HostColumn(f"{host.name}, no_gesture=prompt", host.name, choices, measurements))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class DefectCell:
    """What a user of this host sees of this page. `outcome` is the host's word, None where nobody knows."""

    sees: str
    outcome: str | None = None
    confidence: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class DefectRow:
    """A page with the departures that the engine saw, and one cell for each column."""

    page: PageRow
    departures: tuple[Departure, ...]
    cells: tuple[DefectCell, ...]


@dataclass(frozen=True, slots=True)
class DefectTable:
    """The table, and the engine that it comes from."""

    engine: str
    version: str
    columns: tuple[HostColumn, ...]
    rows: tuple[DefectRow, ...]


def choose_pages(ids: Iterable[str]) -> tuple[PageRow, ...]:
    """Return the pages of these ids, all of them for none; UsageError names an unknown one."""
    known = {row.id: row for row in ROWS}
    return tuple(known[_known(each, known, "historic page")] for each in dict.fromkeys(ids)) or ROWS


def choose_columns(host: str | None, measurements: tuple[Measurement, ...] = ()) -> tuple[HostColumn, ...]:
    """Return the columns of a host, all of them for None; UsageError names an unknown one."""
    if host is None:
        return columns(measurements)
    return tuple(each for each in columns(measurements) if each.host == _known(host, HOSTS, "host"))


def _known(name: str, known: Iterable[str], what: str) -> str:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"there is no {what} {name!r}: {hint}")
    return name


def reproduce(
    stage: Stage, pages: Sequence[PageRow] = ROWS, shown: Sequence[HostColumn] | None = None
) -> DefectTable:
    """Visit each page on a stage with the reference backend. UsageError for an engine without gestures."""
    engine = stage.engine
    check_gesture(engine)
    shown = columns() if shown is None else tuple(shown)
    rows = tuple(_row(stage, page, shown) for page in pages)
    return DefectTable(engine.name, engine.version, shown, rows)


def _row(stage: Stage, page: PageRow, shown: Sequence[HostColumn]) -> DefectRow:
    with (
        _page_made(stage, page) as made,
        made.world(f"reproduce_{page.id}") as world,
        ExitStack() as stack,
    ):
        phones = [stack.enter_context(_phone(world, page, column)) for column in shown]
        tab = stage.engine.open_tab()
        stack.callback(tab.close)
        for phone in phones:
            phone.open_crm_tab()
        addresses = [phone.tap_connect() for phone in phones]
        _visit(world, tab, page, addresses[0])
        tab.settle()
        departures = tuple(tab.departures())
        if errors := made.harness_errors():
            raise HarnessError(f"{page.title}: {'; '.join(errors)}")
        return DefectRow(page, departures, tuple(_cell(phone, departures) for phone in phones))


@contextmanager
def _page_made(stage: Stage, page: PageRow) -> Generator[Stage]:
    if not page.fault:
        yield stage
        return
    with made_into(stage, all_subjects()[page.fault]) as made:
        yield made


def _phone(world: World, page: PageRow, column: HostColumn) -> Phone:
    config = world.stage.setup.config
    settings = PhoneSettings(
        http=config.http,
        base_url=world.backend.url,
        deep_link=config.deep_link,
        host=column.host,
        choices=column.choices,
        measurements=column.measurements,
        build=page.build,
    )
    return Phone(settings, world.recorder)


def _visit(world: World, tab: Tab, page: PageRow, authorization_url: str) -> None:
    """Let the page do what it does, its clock running and no script of ours in it; tap what is tapped."""
    if page.taps_allow:
        tab.goto(authorization_url)
        tab.tap(tab.page.locator("#allow"))
    else:
        query = {"code": world.amo.fresh_code(), "state": world.state_for()}
        tab.goto(f"{world.gateway.redirect_uri}?{urlencode(query)}")
    world.recorder.wait_for(lambda seen: count_answers(seen) > 0, timeout_s=DEPARTS_WITHIN_S)
    if page.departs_alone and tab.wait_for_departure(timeout_s=DEPARTS_WITHIN_S) is None:
        raise HarnessError(f"{page.title}: the page did not leave within {DEPARTS_WITHIN_S:g} s")
    if page.taps_button:
        _tap_button(world, tab, page)


def _tap_button(world: World, tab: Tab, page: PageRow) -> None:
    before = len(tab.departures())
    button = tab.page.get_by_text(world.stage.setup.config.texts.button, exact=True)
    tab.tap(button, timeout_s=BUTTON_WITHIN_S)
    if tab.wait_for_departure(after=before, timeout_s=DEPARTS_WITHIN_S) is None:
        raise HarnessError(f"{page.title}: the tap on the button did nothing")


def _cell(phone: Phone, departures: Sequence[Departure]) -> DefectCell:
    """Let one host decide on each departure for as long as its user is in the browser."""
    decision: HostDecision | None = None
    for departure in departures:
        if phone.screen.name != "browser":
            break
        try:
            decision = phone.departed(departure)
        except NotSimulated as limit:
            return DefectCell(f"not known: {str(limit).split('. ')[0]}")
    phone.clock.advance(SUCCESS_SHOWN_S)
    sees = what_the_user_sees(decision, phone.screen)
    if decision is None:
        return DefectCell(sees)
    return DefectCell(sees, decision.outcome, decision.confidence, decision.source)
