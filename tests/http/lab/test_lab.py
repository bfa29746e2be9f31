"""The lab over HTTP: who may answer, what an answer must bring, and where it is kept."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from fake_amo.http.serving import serve
from harness.errors import UsageError
from harness.lab.answers import Answers
from harness.lab.page import Lab
from harness.lab.ways import WAYS
from harness.phone.hosts.measured import read_measurements, written

LINK = "foryoure://amo-crm/callback?success=true&state=lab"
KEY = {"key": "of-this-lab"}
PHONE = {
    **KEY,
    "host": "ios-safari",
    "device": "iPhone 15 <b>",
    "system": "iOS 18.6",
    "app_installed": "yes",
}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15"


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    """An empty file of answers."""
    return Answers(tmp_path / "lab.json")


@pytest.fixture
def phone(answers: Answers) -> Generator[httpx.Client]:
    """A browser at the lab, which follows nothing by itself."""
    app = FastAPI(openapi_url=None)
    app.include_router(Lab(answers, LINK, "/here", KEY["key"]).router())
    with (
        serve(app) as server,
        httpx.Client(base_url=server.url, trust_env=False, headers={"user-agent": IPHONE}) as client,
    ):
        yield client
        assert server.errors == []


def test_a_phone_is_asked_for_first(phone: httpx.Client) -> None:
    """Its user agent is a guess that a person corrects; then there is something to try."""
    page = phone.get("/here")
    assert phone.post("/here", data={**PHONE, "key": ""}).status_code == 403
    assert f'name="key" value="{KEY["key"]}"' in page.text
    assert 'value="iOS 18.7"' in page.text
    assert "A meta refresh" not in page.text
    assert phone.get("/here/script").status_code == 303
    taken = phone.post("/here", data=PHONE)
    assert (taken.status_code, taken.headers["location"]) == (303, "/here")
    cookie = taken.headers["set-cookie"]
    assert all(each in cookie for each in ("HttpOnly", "SameSite=strict", "Path=/here"))
    page = phone.get("/here")
    assert all(f'href="/here/{way.id}"' in page.text for way in WAYS)
    assert "iPhone 15 &lt;b&gt;" in page.text


def test_an_answer_is_kept_with_whose_it_is(phone: httpx.Client, answers: Answers) -> None:
    """In the file before it is thanked for."""
    phone.post("/here", data=PHONE)
    thanked = phone.post("/here/timer", data={**KEY, "seen": "prompts", "note": "asked\ntwice"})
    assert (thanked.status_code, thanked.headers["location"]) == (303, "/here#timer")
    (kept,) = read_measurements(answers.path)
    assert (kept.way, kept.mechanism, kept.gesture, kept.outcome) == ("timer", "navigation", False, "prompts")
    assert (kept.device, kept.system, kept.user_agent, kept.note) == (
        "iPhone 15 <b>",
        "iOS 18.6",
        IPHONE,
        "asked twice",
    )
    assert "answered" in phone.get("/here").text
    phone.post("/here/iframe", data={**KEY, "seen": "other", "note": "it turned white"})
    assert [each.outcome for each in Answers(answers.path).kept] == ["prompts", None]


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({"seen": "won"}, {}, 400),
        ({}, {}, 400),
        ({"seen": "other"}, {}, 400),
        ({"seen": "opens"}, {"sec-fetch-site": "cross-site"}, 403),
        ({"seen": "opens"}, {"cookie": "amo-lab=nonsense"}, 400),
        ({"seen": "opens"}, {"cookie": "amo-lab=%7B%22host%22%3A%22x%22%7D"}, 400),
        ({"seen": "opens", "note": "x" * 30_000}, {}, 413),
        ({"seen": "opens", "key": ""}, {}, 403),
        ({"seen": "opens", "key": "guessed"}, {}, 403),
    ],
    ids=[
        "no outcome",
        "nothing",
        "other in no words",
        "another page's",
        "no cookie",
        "half a cookie",
        "too much",
        "who brings no key",
        "another key",
    ],
)
def test_what_is_no_answer_is_not_kept(
    phone: httpx.Client, answers: Answers, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """And nothing of the file is lost; why is told on a page for phones, with a way back, without the key."""
    phone.post("/here", data=PHONE)
    refused = phone.post("/here/script", data={**KEY, **fields}, headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert 'content="width=device-width' in refused.text
    assert '<a href="/here">Back to the list</a>' in refused.text
    assert KEY["key"] not in refused.text
    assert read_measurements(answers.path) == ()


def test_no_get_keeps_anything(phone: httpx.Client, answers: Answers) -> None:
    """Each page leaves, and answers nothing by itself; the redirect is one, the header is one."""
    phone.post("/here", data=PHONE)
    for way in WAYS:
        page = phone.get(f"/here/{way.id}?seen=opens")
        assert page.status_code == 200
        assert page.headers["x-frame-options"] == "DENY"
        assert (page.headers.get("refresh") is not None) == way.refresh_header
    assert phone.get("/here/go").headers["location"] == LINK
    assert phone.get("/here/nothing").status_code == 404
    assert answers.kept == ()


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """Before a phone is asked."""
    (tmp_path / "lab.json").write_text("nonsense")
    with pytest.raises(UsageError, match="is not JSON"):
        Answers(tmp_path / "lab.json")
    with pytest.raises(UsageError, match="cannot be written"):
        Answers(tmp_path / "nowhere" / "lab.json")


def test_a_place_where_no_file_can_be_is_refused_before_the_first_answer(tmp_path: Path) -> None:
    """A sitting writes its file with that: it would be lost by then."""
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("nowhere/lab.json", "file/lab.json", "dangling", "loop"):
        with pytest.raises(UsageError, match="cannot be written: no file can be there"):
            Answers(tmp_path / name, at_once=False)
    (tmp_path / "kept.json").write_text(written(()))
    (tmp_path / "link").symlink_to("kept.json")
    for name in ("new.json", "link"):
        assert Answers(tmp_path / name, at_once=False).kept == ()
    assert not (tmp_path / "new.json").exists()
