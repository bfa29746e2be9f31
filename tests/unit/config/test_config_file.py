import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config.file import line_of, load_backend
from harness.config.settings import BackendConfig, Http, Start
from harness.errors import UsageError
from tests.unit.config.files import CLAUSES, RUNS, START, load, refusal


def test_an_empty_file_is_a_backend_with_every_default(directory: Path) -> None:
    """Whatever is left out has the default of its dataclass."""
    running = '[http]\nurl = "http://127.0.0.1:3000"\n'
    assert load(directory, running) == BackendConfig(http=Http(url="http://127.0.0.1:3000"))


def test_every_kind_of_value_reaches_its_field(directory: Path) -> None:
    """Texts, lists, tables, numbers and switches arrive as the types that the dataclasses declare."""
    config = load(
        directory,
        f"""
name = "mine"
[start]
command = ["{sys.executable}", "server.py", "--port", "{{port}}"]
cwd = "."
reset = "POST /test/reset"
intercept = true
ready_timeout_s = 5
env = {{ PORT = "{{port}}", JSON = '{{"a": {{"b": 1}}}}', LITERAL = "{{{{port}}}}" }}
[http]
connect = "/connect"
connected = "data.connected"
leads_list = ""
leads_next = "meta.next"
leads_page = "page[number]"
headers = {{ Authorization = "Bearer x" }}
[deep_link]
scheme = "myapp"
[texts]
button = "Back"
[known_failures]
"SEC-02" = "tracked as ADM-12"
""",
    )
    assert config.start == Start(
        command=(sys.executable, "server.py", "--port", "{port}"),
        cwd=directory.resolve(),
        reset="POST /test/reset",
        env={"PORT": "{port}", "JSON": '{"a": {"b": 1}}', "LITERAL": "{{port}}"},
        intercept=True,
        ready_timeout_s=5.0,
    )
    assert config.start
    assert isinstance(config.start.ready_timeout_s, float)
    assert config.http.connect == "/connect"
    assert config.http.connected == "data.connected"
    assert (config.http.leads_next, config.http.leads_page) == ("meta.next", "page[number]")
    assert config.http.headers == {"Authorization": "Bearer x"}
    assert config.deep_link.base == "myapp://amo-crm/callback"
    assert config.texts.button == "Back"
    assert config.known_failures == {"SEC-02": "tracked as ADM-12"}


def test_a_byte_order_mark_and_windows_line_ends_are_read(directory: Path) -> None:
    """Files that come from Windows are TOML too."""
    path = directory / "backend.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "w"\r\n[http]\r\nurl = "http://127.0.0.1:1"\r\n')
    assert load_backend(path, CLAUSES).name == "w"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        pytest.param(
            'nme = "x"\n' + RUNS, 1, 'the top level has no key "nme"; did you mean "name"?', id="top-level"
        ),
        pytest.param(
            '# c\n\n[htpp]\nurl = "http://127.0.0.1:1"',
            3,
            'has no key "htpp"; did you mean "http"?',
            id="table",
        ),
        pytest.param(
            START + 'redy = "/x"',
            3,
            'has no key "redy"; did you mean "ready" of [http]?',
            id="key-of-another-table",
        ),
        pytest.param(
            START + "[http]\n\ncalback = '/x'",
            5,
            '[http] has no key "calback"; did you mean "callback"?',
            id="nested",
        ),
        pytest.param(
            START + '[http]\n"zzz" = 1', 4, '[http] has no key "zzz"; it knows url, ready,', id="nothing-near"
        ),
        pytest.param(START + 'button = "x"', 3, 'did you mean "button" of [texts]?', id="another-table"),
        pytest.param(
            "name = 3\n" + RUNS, 1, "name must be a text in quotes, not a whole number", id="type-text"
        ),
        pytest.param(
            "[start]\ncommand = 'x'", 2, "[start].command must be a list, not a text", id="type-list"
        ),
        pytest.param(
            "[start]\ncommand = [\n  'x',\n  1,\n]",
            2,
            "[start].command must be a text in quotes, not a whole",
            id="type-in-list",
        ),
        pytest.param(START + "intercept = 'yes'", 3, "must be true or false, not a text", id="type-switch"),
        pytest.param(
            START + "ready_timeout_s = true", 3, "must be a number, not true or false", id="type-number"
        ),
        pytest.param("http = 1", 1, "[http] must be a table, not a whole number", id="type-table"),
        pytest.param(START + "[start.env]\nPORT = 3000", 4, "[start].env.PORT must be a text", id="type-env"),
        pytest.param("[start]\nreset = 'none'", 1, "[start].command is missing", id="missing-key"),
        pytest.param("name = 2020-01-01\n" + RUNS, 1, "not a date", id="type-date"),
        pytest.param("name = ' '\n" + RUNS, 1, "name is empty", id="empty-name"),
        pytest.param(
            "[http]\nurl = 'localhost:3000'", 2, "is not an origin such as", id="url-without-scheme"
        ),
        pytest.param("[http]\nurl = 'http://127.0.0.1:3000/api'", 2, "is not an origin", id="url-with-path"),
        pytest.param("[http]\nurl = 'http://127.0.0.1:99999'", 2, "is not an origin", id="url-port"),
        pytest.param(
            "[http]\nurl = 'http://127.0.0.1:{port}'", 2, "has {port}, which only", id="port-unstarted"
        ),
        pytest.param(
            START + "[http]\nurl = 'http://{tmp}'", 4, "no other placeholder, not {tmp}", id="url-tmp"
        ),
        pytest.param(
            START + "[http]\nstatus = 'status'", 4, '"status" is not a path such as "/api/', id="path"
        ),
        pytest.param(START + "[http]\ncallback = '/back?x=1'", 4, "is not a path", id="path-query"),
        pytest.param(START + "[http]\nleads = '/leads#1'", 4, "is not a path", id="path-fragment"),
        pytest.param(START + "[http]\nready = ''", 4, "is not a path", id="no-ready"),
        pytest.param(
            START + "[http]\nconnect = 'FETCH /a'", 4, 'is not a path, or "POST /path"', id="connect-method"
        ),
        pytest.param(
            START + "[http]\nconnect = 'POST a'",
            4,
            '"a" is not a path such as',
            id="connect-path",
        ),
        pytest.param(
            START + "[http]\nconnect_in_browser = true",
            4,
            "[http].connect_in_browser is about [http].connect, which is left out",
            id="browser-without-connect",
        ),
        pytest.param(
            START + "[http]\nconnect = 'POST /a'\nconnect_in_browser = true",
            4,
            "opened by the phone's browser, which sends a GET",
            id="browser-posts",
        ),
        pytest.param(
            START + "[http]\nconnect = '/a?b={token}'\nconnect_in_browser = true",
            4,
            "says where {token} comes from",
            id="browser-token-unknown",
        ),
        pytest.param(
            START + "[http]\nconnect = '/a?b={user}'", 4, "may hold no placeholder", id="connect-placeholder"
        ),
        pytest.param(
            START + "[http]\nstatus = '/users/{user}'", 4, "may hold no placeholder", id="path-placeholder"
        ),
        pytest.param(
            START + "[http]\nconnect = '/a'\nconnect_body = '{}'", 5, "is sent by a POST", id="body-of-get"
        ),
        pytest.param(
            START + "[http]\nconnect = 'POST /a'\nconnect_body = '{'", 5, "is not JSON", id="body-no-json"
        ),
        pytest.param(
            START + "[http]\nconnect = 'POST /a'\nconnect_body = '[\"{port}\"]'",
            5,
            "may hold {user} and no other placeholder, not {port}",
            id="body-placeholder",
        ),
        pytest.param(
            START + "[http]\nconnected_when = 'yes'",
            4,
            'choose "true", "present"',
            id="connected-when",
        ),
        pytest.param(START + "[http]\nleads_pages = 'a..b'", 4, "is not a dotted path", id="pages-dotted"),
        pytest.param(
            START + "[http.sign_in]\nbody = '{}'", 3, "has a body and no call", id="sign-in-without-call"
        ),
        pytest.param(START + "[http.sign_in]\ncall = 'login'", 4, '"login" is not a path', id="sign-in-path"),
        pytest.param(
            START + "[http.sign_in]\nrefresh = 'POST /r'", 3, "has a refresh and no call", id="refresh-alone"
        ),
        pytest.param(
            START + "[http.sign_in]\ncall = 'POST /a'\nrefresh = 'POST /r'",
            5,
            "has a refresh and no token to renew",
            id="refresh-without-token",
        ),
        pytest.param(
            START + "[http.sign_in]\ncall = 'POST /a'\nrefresh = 'r'",
            5,
            '"r" is not a path',
            id="refresh-path",
        ),
        pytest.param(
            START + "[http.sign_in]\ncall = 'POST /a'\ntoken = 'token'",
            3,
            "no header of [http.headers] carries {token}",
            id="token-unused",
        ),
        pytest.param(
            START + "[http.headers]\nX = '{token}'", 4, "says where {token} comes from", id="token-unknown"
        ),
        pytest.param(START + "[http]\nconnected = 'data..x'", 4, "is not a dotted path", id="dotted"),
        pytest.param(START + "[http]\nleads_next = '.next'", 4, "is not a dotted path", id="next-dotted"),
        pytest.param(START + "[http]\nleads_next = ''", 4, "[http].leads_next is empty", id="next-empty"),
        pytest.param(START + "[http]\nleads_page = 'a&b'", 4, "is not a query parameter", id="page-name"),
        pytest.param(
            START + "[http.headers]\n'A:' = 'x'", 4, '"A:" is no name of a header', id="header-name"
        ),
        pytest.param(START + "[http.headers]\nA = 'привіт'", 4, "must be printable ASCII", id="header-value"),
        pytest.param(
            START + "[http.headers]\nA = 'Bearer {usr}'",
            4,
            "no other placeholder, not {usr}",
            id="header-user",
        ),
        pytest.param(START + "[deep_link]\nscheme = 'My://'", 4, "is not a URL scheme", id="scheme"),
        pytest.param(START + "[deep_link]\nscheme = 'https'", 4, "opens no app", id="scheme-web"),
        pytest.param(START + "[deep_link]\nhost = 'a/b'", 4, "is not a host", id="link-host"),
        pytest.param(START + "[deep_link]\npath = 'callback'", 4, "is not a path", id="link-path"),
        pytest.param(START + "[texts]\nbutton = ''", 4, "[texts].button is empty; leave it out", id="text"),
        pytest.param(
            START + "[known_failures]\n'cb-06' = 'x'",
            4,
            '"cb-06", which is no clause; did you mean "CB-06"?',
            id="clause-near",
        ),
        pytest.param(
            START + "[known_failures]\nXYZ = 'x'",
            4,
            '"XYZ", which is no clause; `amo-harness contract`',
            id="clause",
        ),
        pytest.param(START + "[levels]\n'CB-06' = 'may'", 4, 'choose "must", "should" or "off"', id="level"),
        pytest.param(
            START + "[levels]\n'XYZ' = 'off'", 4, '[levels] names "XYZ", which is no clause', id="level-of"
        ),
        pytest.param(START + "[known_failures]\n'CB-06' = ''", 4, "say why the clause fails", id="reason"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_remedy(
    directory: Path, text: str, line: int, sentence: str
) -> None:
    """One sentence: the file, the line, the key, and what to write instead."""
    said = refusal(directory, text)
    assert said.startswith(f"DIR/backend.toml, line {line}: ")
    assert sentence in said


def test_broken_toml_is_refused_with_the_line(directory: Path) -> None:
    """The parser's own place is kept."""
    assert re.search(r"not TOML: .*line 2", refusal(directory, "name = 'x'\nurl = \n"))


def test_a_missing_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    """The remedy is the command that writes one."""
    with pytest.raises(UsageError, match="no such file; `amo-harness init` writes one"):
        load_backend(tmp_path / "backend.toml", CLAUSES)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [pytest.param(b"name = '\xff'", "not a UTF-8 text", id="latin-1")],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """TOML is UTF-8; anything else is said to be no text."""
    path = tmp_path / "backend.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=sentence):
        load_backend(path, CLAUSES)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """What the system says is passed on in the sentence."""
    with pytest.raises(UsageError, match="cannot be read"):
        load_backend(tmp_path, CLAUSES)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        pytest.param("a = 1\nb = 2", ("b",), 2, id="plain"),
        pytest.param("[t]\n\n# c\nx = [\n 1,\n 2,\n]\ny = 1", ("t", "x"), 4, id="multi-line-list"),
        pytest.param("[t]\nx = '''\n[u]\ny = 1\n'''\n[u]\ny = 2", ("u", "y"), 7, id="decoy-in-a-text"),
        pytest.param("t = {x = 1, y = 2}", ("t", "y"), 1, id="inline"),
        pytest.param("a.b.c = 1\na.b.d = 1", ("a", "b", "d"), 2, id="dotted"),
        pytest.param("[t]\nx = 1", ("t", "missing"), 1, id="absent-key-of-a-table"),
        pytest.param("x = 1", ("missing",), None, id="absent"),
    ],
)
def test_a_key_is_found_on_its_line(text: str, key: tuple[str, ...], line: int | None) -> None:
    """Whatever the spelling, the line is the one on which the key is set."""
    assert line_of(text, key) == line


def test_a_wrong_file_is_refused_fast_by_lean_imports(directory: Path) -> None:
    """Reading a configuration takes under half a second of work and loads no server and no browser."""
    (directory / "backend.toml").write_text("nme = 'x'\n" + RUNS)
    program = (
        "import sys; from pathlib import Path; from harness.config.file import load_backend\n"
        "from harness.errors import UsageError\n"
        f"try: load_backend(Path({str(directory / 'backend.toml')!r}), ())\n"
        "except UsageError as error: print(error)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'fastapi', 'playwright', 'httpx', 'h11', 'asyncio', 'ssl', 'uvicorn', 'sqlalchemy', 'pytest'}))"
    )
    before = os.times()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    after = os.times()
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent_s < 0.5  # of the processor: a busy machine does not count
    said, slow = done.stdout.splitlines()
    assert 'did you mean "name"?' in said
    assert slow == "[]"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("#\n" * 30_000 + "nmae = 'x'", 'line 30001: the top level has no key "nmae"'),
        ("x = [\n" + "1,\n" * 20_000 + "]", 'backend.toml: the top level has no key "x"'),
        ("".join(f"k{n} = 1\n" for n in range(6_000)), "more than 20 mistakes\n  line 1: "),
        ("".join(f"[t{n}]\n" for n in range(6_000)), "more than 20 mistakes\n  line 1: "),
        ("[[a]]\n" * 9_000, 'line 1: the top level has no key "a"'),
        (".".join(["a"] * 30_000) + " = 1", "it is nested too deeply"),
        ('name = "' + "x" * 64_000 + '"', "larger than 64,000 bytes"),
    ],
    ids=["comments", "a-long-list", "keys", "tables", "a-list-of-tables", "a-long-key", "a-long-text"],
)
def test_a_file_of_sixty_kilobytes_is_told_at_once(directory: Path, text: str, sentence: str) -> None:
    """Each of these took a minute or longer."""
    with pytest.raises(UsageError) as refused:
        load(directory, f"{text}\n{RUNS}")
    assert sentence in str(refused.value)
