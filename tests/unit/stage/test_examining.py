"""Pages that axe cannot tell apart are examined once; whatever it looks at tells them apart."""

import pytest

from harness.stage.page.examining import axe_is_here, machine_offers, outline

PAGE = (
    '<html lang="en"><head><style nonce="n1">p { color: #333 }</style></head>'
    '<body><h1 class="error">Failed</h1>'
    '<button data-link="foryoure://x?state=a" onclick="go(1)">Return</button>'
    "<script>const a = 1</script></body></html>"
)


def test_the_locked_set_up_has_axe() -> None:
    """What A11Y-02 needs is the machine's to offer."""
    assert axe_is_here()
    assert machine_offers() == {"axe"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Failed", "Something else went wrong"),
        ("state=a", "state=b"),
        ("go(1)", "go(2)"),
        ('nonce="n1"', 'nonce="n2"'),
        ("const a = 1", "const b = 2"),
    ],
    ids=["words", "link", "handler", "nonce", "script"],
)
def test_what_axe_does_not_see_makes_no_other_page(old: str, new: str) -> None:
    """Each scenario's page has its own."""
    assert old in PAGE
    assert outline(PAGE) == outline(PAGE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#333", "#ccc"),
        ('lang="en"', ""),
        ('class="error"', 'class="success"'),
        (">Return<", "><"),
        ("<h1 ", '<h1 role="title" '),
        ("<button", "<img><button"),
        ("Failed", "✗"),
    ],
    ids=["style", "language", "class", "no words", "role", "element", "sign"],
)
def test_what_axe_sees_makes_another_page(old: str, new: str) -> None:
    """A sign alone has no contrast for axe."""
    assert old in PAGE
    assert outline(PAGE) != outline(PAGE.replace(old, new))
