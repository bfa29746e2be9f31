import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.settings import DeepLink
from harness.contract import judge
from harness.contract.published.deep_link_grammar import abnf, error_pattern, success_pattern
from harness.contract.reading.link import read_link
from harness.timeline.page_events import Departure
from tests.unit.contract.story import code_missing, granted

LINK = DeepLink()
BASE = LINK.base
SUCCESS, ERROR = re.compile(success_pattern(LINK)), re.compile(error_pattern(LINK))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXTS, st.booleans(), st.sampled_from(["", "/", "!*'()"]))
def test_what_the_grammar_calls_a_success_link_the_clauses_pass(state: str, first: bool, safe: str) -> None:
    """Any state, escaped as JavaScript or Python does it, before or after `success`."""
    parts = ["success=true", f"state={quote(state, safe=safe)}"]
    url = f"{BASE}?{'&'.join(parts if first else parts[::-1])}"
    assert SUCCESS.match(url)
    assert not ERROR.match(url)
    found = judge(granted(state).taps_return(url).timeline(), ["DL-01", "DL-02"])
    assert {finding.result for finding in found.values()} == {"passed"}


@given(TEXTS.filter(bool), st.lists(st.sampled_from(["state=abc", "state=", "from=page"]), max_size=2))
def test_what_the_grammar_calls_an_error_link_the_clause_passes(error: str, others: list[str]) -> None:
    """Any reason, with or without further parameters."""
    url = f"{BASE}?" + "&".join([*others, "error=" + quote(error, safe="")])
    assert ERROR.match(url)
    assert not SUCCESS.match(url)
    assert read_link(url).value("error") == error
    assert judge(code_missing().change(Departure, url=url).timeline(), ["DL-04"])["DL-04"].result == "passed"


WRONG_SUCCESS = {
    "another parameter": f"{BASE}?success=true&state=abc&code=1",
    "no state": f"{BASE}?success=true",
    "success false": f"{BASE}?success=false&state=abc",
    "success twice": f"{BASE}?success=true&success=true&state=abc",
    "a fragment": f"{BASE}?success=true&state=abc#x",
    "a bare percent": f"{BASE}?success=true&state=100%",
    "another path": "foryoure://amo-crm/other?success=true&state=abc",
    "another scheme": "https://amo-crm/callback?success=true&state=abc",
    "no query": BASE,
}


@pytest.mark.parametrize("url", WRONG_SUCCESS.values(), ids=WRONG_SUCCESS)
def test_grammar_and_clause_refuse_the_same_success_links(url: str) -> None:
    """The grammar says no more than the clauses mean."""
    assert not SUCCESS.match(url)
    assert judge(granted("abc").taps_return(url).timeline(), ["DL-01"])["DL-01"].result == "failed"


WRONG_ERROR = {
    "no error": f"{BASE}?state=abc",
    "an empty error": f"{BASE}?error=",
    "success too": f"{BASE}?success=false&error=missing_code",
    "a bare percent": f"{BASE}?error=100%",
}


@pytest.mark.parametrize("url", WRONG_ERROR.values(), ids=WRONG_ERROR)
def test_grammar_and_clause_refuse_the_same_error_links(url: str) -> None:
    """As with success links."""
    assert not ERROR.match(url)
    assert judge(code_missing().change(Departure, url=url).timeline(), ["DL-04"])["DL-04"].result == "failed"


def test_the_grammar_is_that_of_the_configured_link() -> None:
    """Every rule that is used is defined, and the base is the app's own."""
    own = DeepLink("my-app", "crm", "/back")
    rules = abnf(own)
    assert rules["base"] == '%s"my-app://crm/back"'
    assert re.match(success_pattern(own), "my-app://crm/back?success=true&state=1")
    words = {
        word
        for rule in rules.values()
        for word in re.findall(r"[a-z][a-z-]+", re.sub(r'%?s?"[^"]*"|;.*', "", rule))
    }
    assert words <= set(rules)
