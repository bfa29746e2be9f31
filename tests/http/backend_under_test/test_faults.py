"""Every fault shows in the clauses that it names, as far as HTTP can tell; no variant breaks any."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from backend_under_test import Parts
from backend_under_test.mutations.faults import FAULTS, Fault
from backend_under_test.mutations.variants import VARIANTS, Variant
from harness.contract.reading.words import squeeze
from tests.http.backend_under_test.amo_stub import AmoStub
from tests.http.backend_under_test.conftest import CALLBACK, CODE, Launcher
from tests.http.backend_under_test.facts_over_http import (
    FACTS,
    Bench,
    pages_without_success,
    refused,
    success_page,
)

Facts = Callable[[str], object]
BREAKABLE = {
    "must": {
        *(f"CB-{number:02}" for number in range(1, 12)),
        *(f"DL-{number:02}" for number in range(1, 5)),
        *(f"ST-{number:02}" for number in range(1, 4)),
        "APP-01",
        "APP-03",
        "SEC-01",
        "SEC-02",
        "SEC-08",
        "SEC-09",
    },
    "should": {
        "CB-12",
        "APP-07",
        *(f"SEC-{number:02}" for number in range(3, 8)),
        *(f"TOK-{number:02}" for number in range(1, 5)),
        "LD-01",
        "A11Y-01",
        "A11Y-02",
    },
}
SAME_FOR_EVERY_PAGE = ("SEC-01", "SEC-02", "SEC-07")
SAME_FOR_EVERY_VARIANT = (*SAME_FOR_EVERY_PAGE, "CB-03", "ST-01", "ST-03", "APP-07", "SEC-03")
SAME_WHERE_THE_WORK_DIFFERS = ("CB-01", "SEC-05", "APP-03")


def how_long_the_status_lasts(bench: Bench) -> object:
    """What a phone may do with the status."""
    return bench.start().get("/api/amo-crm/status").headers["Cache-Control"]


def other_statuses(bench: Bench) -> object:
    """What a phone keeps of the status, and what it says when amoCRM has refused."""
    return how_long_the_status_lasts(bench), refused(bench)


ELSE = {
    **dict.fromkeys(["CB-06", "CB-07"], pages_without_success),
    "ST-01": other_statuses,
    "APP-03": how_long_the_status_lasts,
    "SEC-08": success_page,
}
"""What shows a clause where its fact is the same: another answer, or what a page does in a browser."""


@pytest.fixture(scope="session")
def known_facts() -> dict[str, object]:
    """What was found out about the reference so far."""
    return {}


@pytest.fixture
def reference_facts(known_facts: dict[str, object], start_backend: Launcher, amo: AmoStub) -> Facts:
    """What the reference shows of a clause; found out once."""

    def facts(clause: str) -> object:
        if clause not in known_facts:
            known_facts[clause] = FACTS[clause](Bench(start_backend, amo, Parts()))
        return known_facts[clause]

    return facts


@pytest.mark.parametrize("clause", FACTS)
def test_the_reference_shows_the_same_each_time(
    clause: str, reference_facts: Facts, start_backend: Launcher, amo: AmoStub
) -> None:
    """Else a difference would not be the fault's."""
    assert FACTS[clause](Bench(start_backend, amo, Parts())) == reference_facts(clause)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_shows_in_the_clauses_it_names(
    fault: Fault, reference_facts: Facts, start_backend: Launcher, amo: AmoStub
) -> None:
    """The same drive, with the fault, ends otherwise. The reference comes first: a fault may go on behind."""
    right = {clause: reference_facts(clause) for clause in fault.breaks}
    reference, broken = Bench(start_backend, amo, Parts()), Bench(start_backend, amo, fault.apply(Parts()))
    same = [clause for clause in fault.breaks if FACTS[clause](broken) == right[clause]]
    assert [each for each in same if each not in ELSE or ELSE[each](reference) == ELSE[each](broken)] == []


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_does_what_the_reference_does(
    variant: Variant, reference_facts: Facts, start_backend: Launcher, amo: AmoStub
) -> None:
    """Apart from the page's looks; where nothing else is replaced, what a page could tell too much of."""
    parts = variant.apply(Parts())
    shows_otherwise_alone = replace(parts, view=Parts().view) == Parts()
    works_otherwise = (parts.callback, parts.amo) != (Parts().callback, Parts().amo)
    clauses = (SAME_FOR_EVERY_PAGE if shows_otherwise_alone else SAME_FOR_EVERY_VARIANT) + (
        SAME_WHERE_THE_WORK_DIFFERS if works_otherwise else ()
    )
    bench = Bench(start_backend, amo, parts)
    differing = [clause for clause in clauses if FACTS[clause](bench) != reference_facts(clause)]
    assert differing == []


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_shows_its_texts(variant: Variant, start_backend: Launcher) -> None:
    """Whatever the markup, a reader finds the success page's words and the button's."""
    backend = start_backend(parts=variant.apply(Parts()), texts=variant.texts)
    page = backend.client.get(
        CALLBACK, params=backend.query(code=CODE, state=backend.state()), follow_redirects=True
    )
    said = squeeze(unescape(page.text))
    texts = variant.texts
    for text in (
        texts.success_title,
        texts.success_heading,
        texts.success_message,
        texts.tap_hint,
        texts.button,
    ):
        assert text in said


def test_variants_differ_from_the_reference() -> None:
    """A variant that changes nothing would prove nothing."""
    same = [
        each.id
        for each in VARIANTS.values()
        if each.apply(Parts()) == Parts() and each.texts == VARIANTS["reference"].texts
    ]
    assert same == ["reference"]


@pytest.mark.parametrize("level", BREAKABLE)
def test_every_clause_that_a_backend_can_break_has_a_fault(level: str) -> None:
    """APP-02, 04, 05 and 06 are promises of the app alone."""
    broken = {clause for fault in FAULTS.values() for clause in fault.breaks}
    assert BREAKABLE[level] <= broken


def test_no_fault_names_a_clause_that_no_backend_breaks() -> None:
    """Nor one that does not exist."""
    assert {clause for fault in FAULTS.values() for clause in fault.breaks} <= set().union(
        *BREAKABLE.values()
    )
