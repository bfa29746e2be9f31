"""The tables of `harness.phone.hosts.host`: what each host does with each mechanism, how sure, and says who.

Owns the data alone; `docs/hosts.md` is made from it. Mobile Safari, SFSafariViewController and
ASWebAuthenticationSession are closed source: their cells rest on documents and reports.
"""

from dataclasses import replace
from difflib import get_close_matches

from harness.errors import UsageError
from harness.phone.hosts.host import Cell, Confidence, Host, Row
from harness.timeline.events import Outcome

ROWS: tuple[tuple[Row, bool], ...] = (
    ("navigation", True),
    ("navigation", False),
    ("refresh", True),
    ("refresh", False),
    ("redirect", True),
    ("redirect", False),
    ("iframe", True),
    ("iframe", False),
    ("new_window", True),
    ("new_window", False),
)
ROW_TITLES: dict[Row, str] = {
    "navigation": "script, link or form in the same tab",
    "refresh": "meta refresh",
    "redirect": "3xx redirect",
    "iframe": "iframe",
    "new_window": "window.open to _blank",
}

_POPUP = Cell(
    "blocked", "high", "measured in WebKitGTK 2.50.6: the popup blocker stops it, the host is never asked"
)
_NO_SUCH = Cell(
    None, "high", "WebKit clears the gesture of every meta refresh, so this does not occur in a WebKit host"
)


def _all(
    outcome: Outcome, confidence: Confidence, source: str, but: dict[tuple[Row, bool], Cell]
) -> dict[tuple[Row, bool], Cell]:
    return {row: but.get(row, Cell(outcome, confidence, source)) for row in ROWS}


_CONTRADICTORY = (
    "reports contradict each other: blocked and the page stuck (Maple PR #444, 2026), prompted "
    "(Branch 2015-2017; deriv-app PR #18199, 2025); Apple documents neither"
)
_SWITCHED: tuple[tuple[Row, bool], ...] = (("navigation", False), ("refresh", False), ("redirect", False))

_SAFARI = Host(
    "ios-safari",
    "Mobile Safari",
    "ios",
    {
        ("navigation", True): Cell(
            "prompts", "high", "360dialog; Branch, iOS 9.2; react-native-app-auth #1080 (2025)"
        ),
        ("redirect", True): Cell(
            "prompts", "medium", "WebKit keeps the tap's gesture across a 3xx (measured)"
        ),
        ("iframe", True): Cell(None, "low", "WebKit allows it with a gesture; no report of what Safari does"),
        ("iframe", False): Cell("blocked", "medium", "WebKit sends ShouldNotAllow (FrameLoader.cpp)"),
        ("new_window", True): Cell(
            "prompts", "low", "arrives as a new view", seen="a new tab, Open in “App”?; an empty tab may stay"
        ),
        ("new_window", False): _POPUP,
        ("refresh", True): _NO_SUCH,
        **{row: Cell("blocked", "low", _CONTRADICTORY) for row in _SWITCHED},
    },
    not_installed=Cell("alert", "high", "openradar 12284894; deriv-app PR #18199 (2025)"),
    prompting={row: Cell("prompts", "low", _CONTRADICTORY) for row in _SWITCHED},
    app_is_behind=True,
)

_UNDER_THE_SHEET = "the app opens under the browser's sheet, which the app must dismiss"
_SAFARI_VIEW_CONTROLLER = Host(
    "ios-safari-view-controller",
    "SFSafariViewController (expo openBrowserAsync)",
    "ios",
    {
        ("navigation", True): Cell(
            "opens", "medium", "reports differ on whether it prompts first", seen=_UNDER_THE_SHEET
        ),
        ("navigation", False): Cell("blocked", "medium", "cordova-plugin-safariviewcontroller #54"),
        ("refresh", True): _NO_SUCH,
        ("refresh", False): Cell("blocked", "medium", "a meta refresh never has a gesture (measured)"),
        ("redirect", True): Cell(
            "opens", "medium", "ionic capacitor-plugins #2369 (2025)", seen=_UNDER_THE_SHEET
        ),
        ("redirect", False): Cell(
            "blocked", "medium", "ionic capacitor-plugins #2369; AppAuth-iOS #367: nothing happens"
        ),
        ("iframe", True): Cell(None, "low", "no report found"),
        ("iframe", False): Cell("blocked", "medium", "WebKit sends ShouldNotAllow (FrameLoader.cpp)"),
        ("new_window", True): Cell(None, "low", "no report found"),
        ("new_window", False): _POPUP,
    },
    not_installed=Cell(None, "low", "either Safari's alert or nothing; no report settles it"),
    note="It does not close by itself when the app opens (xamarin/Essentials #763).",
)

_AUTH_SESSION = Host(
    "ios-auth-session",
    "ASWebAuthenticationSession (expo openAuthSessionAsync)",
    "ios",
    {
        ("navigation", True): Cell("callback", "high", "Apple, ASWebAuthenticationSession.Callback"),
        ("navigation", False): Cell("callback", "medium", "skygear-server #1334; irmamobile #547"),
        ("refresh", True): _NO_SUCH,
        ("refresh", False): Cell(
            "callback", "medium", "irmamobile #547: navigations are intercepted directly"
        ),
        ("redirect", True): Cell("callback", "high", "Apple, ASWebAuthenticationSession.Callback"),
        ("redirect", False): Cell("callback", "high", "Apple, ASWebAuthenticationSession.Callback"),
        ("iframe", True): Cell(None, "low", "no report found"),
        ("iframe", False): Cell(None, "low", "no report found"),
        ("new_window", True): Cell(None, "low", "no report found"),
        ("new_window", False): _POPUP,
    },
    not_installed=Cell(
        "callback", "high", "the session owns the scheme; no Info.plist entry is needed (Apple forums 755809)"
    ),
    other_scheme=Cell(
        None, "low", "AppAuth #232: a button with another scheme closed the session without a result"
    ),
    session="system",
    note="The link is the result of a promise: the app itself must handle it, its router is not navigated.",
)

_DELEGATE = "WebKit's NavigationState.mm: without a delegate an unknown scheme is ignored"
_WKWEBVIEW = Host(
    "ios-wkwebview",
    "WKWebView without handling",
    "ios",
    _all(
        "dropped",
        "high",
        _DELEGATE,
        {
            ("new_window", True): Cell("dropped", "medium", "no UI delegate makes a view, so nothing opens"),
            ("new_window", False): _POPUP,
            ("refresh", True): _NO_SUCH,
        },
    ),
    not_installed=Cell("dropped", "high", _DELEGATE),
)

_RNCW = "react-native-webview WebViewShared.tsx: other origins go to Linking.openURL, gesture or not"
_RN_WEBVIEW = Host(
    "rn-webview",
    "React Native WebView, default originWhitelist",
    "ios",
    _all(
        "opens",
        "high",
        _RNCW,
        {
            ("new_window", True): Cell("opens", "medium", "RNCWebViewImpl.m loads it into the same web view"),
            ("new_window", False): _POPUP,
            ("refresh", True): _NO_SUCH,
        },
    ),
    not_installed=Cell(
        "dropped", "high", "WebViewShared.tsx: console.warn “Can't open url”, nothing on the screen"
    ),
)

_CHROME = "developer.chrome.com/docs/android/intents"
_CUSTOM_TAB = Host(
    "android-custom-tab",
    "Chrome Custom Tab",
    "android",
    {
        ("navigation", True): Cell("opens", "high", _CHROME),
        ("navigation", False): Cell("blocked", "high", f"{_CHROME}: no launch without a user gesture"),
        ("refresh", True): Cell(None, "low", "Chrome's gesture rule for a refresh is not documented"),
        ("refresh", False): Cell("blocked", "medium", f"{_CHROME}: no launch without a user gesture"),
        ("redirect", True): Cell("opens", "medium", _CHROME),
        ("redirect", False): Cell("blocked", "medium", f"{_CHROME}: no launch without a user gesture"),
        ("iframe", True): Cell("dropped", "high", f"{_CHROME}: not supported since Chrome 25"),
        ("iframe", False): Cell("dropped", "high", f"{_CHROME}: not supported since Chrome 25"),
        ("new_window", True): Cell("opens", "medium", _CHROME),
        ("new_window", False): Cell(None, "low", "no document or report found"),
    },
    not_installed=Cell(
        "dropped",
        "medium",
        f"{_CHROME}: browser_fallback_url, else nothing",
        seen="nothing, for the page has no fallback URL",
    ),
    app_is_behind=True,
    note="The page is told Chrome's user agent; the gesture is the engine's (WebKit), and Chrome's own rule "
    "for timers after a tap is not documented.",
)

_ANDROID_AUTH_SESSION = replace(
    _CUSTOM_TAB,
    name="android-auth-session",
    title="Chrome Custom Tab of expo openAuthSessionAsync",
    session="polyfill",
    note="expo-web-browser's own code awaits the link beside the router, which gets it as well, and takes "
    "the app's return (AppState) for a dismissal: whichever comes first is the result.",
)

HOSTS: dict[str, Host] = {
    host.name: host
    for host in (
        _SAFARI,
        _SAFARI_VIEW_CONTROLLER,
        _AUTH_SESSION,
        _WKWEBVIEW,
        _RN_WEBVIEW,
        _CUSTOM_TAB,
        _ANDROID_AUTH_SESSION,
    )
}


def host_named(name: str) -> Host:
    """Return a host; UsageError names those that exist."""
    if name not in HOSTS:
        near = get_close_matches(name, HOSTS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(HOSTS)}"
        raise UsageError(f"no phone is called {name!r}; {hint}")
    return HOSTS[name]


def hosts_page() -> str:
    """Return `docs/hosts.md`: each host's rows with what the user sees, how sure that is, and who says so."""
    parts = [_INTRODUCTION]
    for host in HOSTS.values():
        parts += [f"## `{host.name}`: {host.title}", "", *([host.note, ""] if host.note else [])]
        parts += [
            "| mechanism | gesture | outcome | the user sees | confidence | source |",
            "|---|---|---|---|---|---|",
        ]
        parts += [_line(ROW_TITLES[row], _YES_NO[gesture], host.cells[row, gesture]) for row, gesture in ROWS]
        parts += [
            _line(f"{ROW_TITLES[row]}, `no_gesture=prompt`", "no", cell)
            for (row, _), cell in host.prompting.items()
        ]
        parts += [_line("any that would open the app, which is not installed", "-", host.not_installed), ""]
    return "\n".join(parts)


def _line(title: str, gesture: str, cell: Cell) -> str:
    outcome = cell.outcome or "not simulated"
    return f"| {title} | {gesture} | {outcome} | {cell.user_sees} | {cell.confidence} | {cell.source} |"


_YES_NO = {True: "yes", False: "no"}
_INTRODUCTION = """# What each phone browser does with a deep link

Written by `make docs` from `harness/phone/hosts/tables.py`. The engine says how the page left and whether a
user gesture stands behind it; the host decides what the user gets to see. A cell that says *not simulated* is
one that nobody knows: the harness refuses it, unless you pick what to assume.

What your own phones do takes the tables' place: `amo-harness lab` asks them, `amo-harness lab --table` prints
their answers beside these cells, and `run` and `reproduce` take the file by `--hosts lab.json`.
"""
