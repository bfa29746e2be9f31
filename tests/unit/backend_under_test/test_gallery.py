"""The gallery of ways to leave is told whole, and each kind has its harmless twins."""

from backend_under_test.mutations import gallery, notices, occasions
from tools.mechanisms import ENGINES, mechanisms_page

KINDS = (*gallery.KINDS, *occasions.KINDS, *notices.KINDS)
FAULTS = (*gallery.FAULTS, *occasions.FAULTS, *notices.FAULTS)
VARIANTS = (*gallery.VARIANTS, *occasions.VARIANTS, *notices.VARIANTS)


def test_every_way_and_every_twin_belongs_to_one_kind() -> None:
    """None is forgotten in docs/mechanisms.md, and none stands there twice."""
    ways = [name for kind in KINDS for name in kind.faults]
    assert sorted(ways) == sorted(fault.id for fault in FAULTS)
    twins = [name for kind in KINDS for name in kind.twins]
    assert sorted(twins) == sorted(variant.id for variant in VARIANTS)
    assert all(kind.twins for kind in KINDS)


def test_the_page_names_them_all() -> None:
    """By the names that `prove` takes."""
    page = mechanisms_page()
    assert page.count("| seen | in which engine |") == len(KINDS) + 1
    assert all(any(kind.title == each for kind in KINDS) for each in ENGINES)
    assert [fault.id for fault in FAULTS if f"`{fault.id}`" not in page] == []
    assert [variant.id for variant in VARIANTS if f"`{variant.id}`" not in page] == []
