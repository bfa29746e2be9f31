"""What can be read in a page without running it."""

import pytest

from harness.config.settings import DeepLink
from harness.contract.reading.markup import leaves_the_web, read_markup, refresh_after_s, refresh_target

PAGE = """<!DOCTYPE html>
<title>in the title</title><style>in a style</style><script>"in a script </p>"</script>
<noscript>without scripts</noscript><template><p>in a template</p></template>
<meta http-equiv="Content-Type" content="0; url=foryoure://no"><meta name="viewport" content="no-referrer">
<meta name=referrer content=" No-Referrer "><meta charset=utf-8>
<noscript><meta http-equiv=refresh content="0; url=foryoure://without-scripts"></noscript>
<template><meta http-equiv=refresh content="0; url=foryoure://never-used"></template>
<meta HTTP-EQUIV=refresh content="5; url='/again'">
<p>Authorization &amp; more <b>seen</b>"""


def test_a_page_is_read_as_a_reader_sees_it() -> None:
    """Its text without what is not shown, where it refreshes to, and what referrer it allows."""
    markup = read_markup(PAGE)
    assert markup.text.split() == ["Authorization", "&", "more", "seen"]
    assert markup.refreshes == ["/again"]
    assert markup.referrer_policies == ["no-referrer"]


@pytest.mark.parametrize(
    "broken", ["", "<", "<p", "<meta http-equiv=refresh>", "<meta name=referrer", "</p></script>"]
)
def test_broken_markup_is_read_as_far_as_it_goes(broken: str) -> None:
    """A backend's broken page is judged, not an error of the harness."""
    assert read_markup(broken).text.strip() in ("", "<", "<p", "<meta name=referrer")


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("5", ""),
        ("", ""),
        ("0; url=foryoure://x", "foryoure://x"),
        ("0;URL='foryoure://x'", "foryoure://x"),
        (' 1.5 , url = "foryoure://x" ', "foryoure://x"),
        ("0 foryoure://x", "foryoure://x"),
        ("0; foryoure://x", "foryoure://x"),
        ("5; url=https://x/?a=1;b=2", "https://x/?a=1;b=2"),
    ],
)
def test_a_refresh_leads_where_a_browser_would_go(content: str, target: str) -> None:
    """With and without `url=`, quotes and spaces; the same page again is no target."""
    assert refresh_target(content) == target


def test_a_refresh_comes_after_its_seconds() -> None:
    """Nonsense is at once, as in a browser."""
    said = ("30; url=/x", " 2.5;url=/x", "1.2.3; url=/x", "url=/x", "")
    assert [refresh_after_s(each) for each in said] == [30, 2.5, 0, 0, 0]


@pytest.mark.parametrize("url", ["foryoure://x", "FORYOURE:x", " foryoure://x", "tel:1", "my-app+1.0:x"])
def test_another_scheme_leaves_the_web(url: str) -> None:
    """Whatever app it opens."""
    assert leaves_the_web(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example",
        "https://APP.example/x?y",
        " https://apps.apple.com/app/id1",
        "https://app.example#z",
    ],
)
def test_an_address_that_opens_an_app_leaves_the_web(url: str) -> None:
    """A universal link of the app's own, and a store's."""
    assert leaves_the_web(url, DeepLink(universal=("https://app.example",)))


@pytest.mark.parametrize(
    "url", ["https://app.example.org/x", "https://app.example:444/", "http://app.example/"]
)
def test_an_address_that_only_looks_like_one_does_not(url: str) -> None:
    """Another host, another port, plain http."""
    assert not leaves_the_web(url, DeepLink(universal=("https://app.example",)))


@pytest.mark.parametrize(
    "url", ["", "/again", "again?next=foryoure://x", "http://x", "HTTPS://x", "#x:y", "//x"]
)
def test_the_web_is_not_left(url: str) -> None:
    """Absolute or relative, a page is a page."""
    assert not leaves_the_web(url)


@pytest.mark.parametrize(
    ("width", "is_framed"),
    [("9" * 5000, True), ("0" * 5000 + "1", False), ("0040", True), ("039", False), ("١", True)],
)
def test_a_frame_of_any_number_is_read(width: str, *, is_framed: bool) -> None:
    """Python reads no number of more than 4300 digits, and browsers do."""
    assert bool(read_markup(f'<iframe src="/x" width="{width}">').framed) is is_framed
