"""The gallery of ways to leave is told whole, and each kind has its harmless twins."""

from backend_under_test.mutations import gallery
from harness.proofs.mechanisms import mechanisms_page


def test_every_way_and_every_twin_belongs_to_one_kind() -> None:
    """None is forgotten in docs/mechanisms.md, and none stands there twice."""
    ways = [name for kind in gallery.KINDS for name in kind.faults]
    assert sorted(ways) == sorted(fault.id for fault in gallery.FAULTS)
    twins = [name for kind in gallery.KINDS for name in kind.twins]
    assert sorted(twins) == sorted(variant.id for variant in gallery.VARIANTS)
    assert all(kind.twins for kind in gallery.KINDS)


def test_the_page_names_them_all() -> None:
    """By the names that `prove` takes."""
    page = mechanisms_page()
    assert [fault.id for fault in gallery.FAULTS if f"`{fault.id}`" not in page] == []
    assert [variant.id for variant in gallery.VARIANTS if f"`{variant.id}`" not in page] == []
