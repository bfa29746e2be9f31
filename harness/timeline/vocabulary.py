"""The words of the timeline: which actor says what, and with which data.

Owns the list alone. A clause reads these words and nothing else; `Recorder.record` refuses others,
so that a misspelt event fails the run instead of silently proving nothing.
"""

VOCABULARY: dict[str, dict[str, str]] = {
    "scenario": {
        "started": "id, engine, backend, deep_link {scheme, host, path}, texts {…}, storage_lasts: bool, "
        "resets: bool (to not connected), callback (path), leads_expected: int|None - "
        "how many the CRM tab must show (absent = not compared); always the first event",
        "did": "what: str - a step of the story, for the reader; may carry, each about the next callback: "
        "hostile: [str] - values from outside that must stay text, state_kind: 'unknown'|'spent' - a state "
        "that the backend did not issue or has already spent, fault: str - amoCRM is made to misbehave",
        "ended": "",
        "trouble": "where, message - the harness, the fake or the engine failed",
    },
    "app": {
        "switched_on": "user, build: 'current'|'before_fix', sdk: int, host - once for each phone",
        "tap": "target: 'connect'|'retry'|… - the user's finger on one of the app's own screens",
        "screen": "user, screen: 'crm'|'callback'|'browser'|'home'|'not_found', state: 'loading'|"
        "'disconnected'|'connected'|'processing'|'success'|'error'|'open', text (what is written there), "
        "leads: int|None, at_s (phone clock)",
        "request": "id, purpose: 'auth_url'|'status'|'leads'|'exchange_code', method, path, user",
        "response": "id, purpose, status: int, connected: bool|None, leads: int|None, body (text), user, "
        "trouble: str|None - what the app could not read there",
        "request_failed": "id, purpose, reason, user",
        "link_delivered": "user, url, start: 'warm'|'cold'|'reload', installed: bool",
        "link_routed": "url, screen, params {name: str|list[str]}",
        "link_dropped": "url, reason",
        "host_decided": "url, host, outcome: 'opens'|'prompts'|'blocked'|'dropped'|'callback'|'alert', "
        "seen (by the user)",
        "session_result": "url, handled: bool - the link is the browser session's result, not routed",
        "condition": "user, network: 'online'|'offline'|'slow'",
    },
    "webview": {
        "opened": "url - the phone's browser begins to load it",
        "consent": "url, did: 'shown'|'allow'|'decline' - what the user did on amoCRM's page",
        "page": "exchange: int - the gateway's number of the answer shown, url, http_status, content_type, "
        "charset, title, text (visible), html, lang, referrer_policy, contrasts [{text, ratio}], "
        "first_paint_ms: float|None, timers_run: bool, "
        "button: None | {text, name, tag, visible, enabled, in_viewport, covered, width, height, href}; "
        "the callback's page as it stood at first paint",
        "load_failed": "url, reason - the browser could not show it",
        "left_alone": "page_time_s: float, moments: [str] - nobody touched the page meanwhile",
        "departure": "url, mechanism, user_gesture: bool|None, same_tab: bool|None, observer, "
        "tap: int|None - the number of the last tap before it (first tap = 1); None = no tap before it. One "
        "that comes after `tap_settled` of its tap departs by itself",
        "tap": "number: int, target (the button's wording), trusted: bool",
        "tap_failed": "number, target, reason, absent: bool - there was no such button at all",
        "tap_settled": "number: int - everything that the tap set off has been reported",
        "script_ran": "marker - text that came from outside was executed",
        "reloaded": "url",
        "closed": "",
    },
    "gateway": {
        "request": "exchange: int, method, path, query {name: [values]}, is_callback: bool",
        "first_byte": "exchange - the backend's answer began; nothing has reached the browser",
        "probe": "exchange, http_status, connected: bool|None, user - status while the first byte is held",
        "response": "exchange, status, headers [[name, value]], body (text), is_callback, is_page: bool",
        "released": "exchange - the browser starts to receive it",
        "broken": "exchange, reason - the backend refused, reset or timed out",
    },
    "backend": {
        "started": "name, url, how: 'in process'|'child process'|'already running'",
        "output": "line",
        "event": "name + data - what the reference backend tells of itself; clauses must not need it",
        "refused": "host, why - a connection to somebody else than amoCRM, which the harness does not answer",
        "killed": "why",
        "ended": "exit_code, expected: bool",
        "reset": "how",
    },
    "amo": {
        "consent_shown": "client_id, state: str|None",
        "consent_given": "code (masked), state",
        "consent_declined": "state",
        "redirected": "url, state - to the redirect URI, as it was sent",
        "code_issued": "code (masked), via",
        "token_request": "stamped when its answer is decided, before that is held or sent: grant_type, "
        "code (masked), refresh_token (masked), status: int|None (no answer sent), problem, hint",
        "token_held": "step: 'token'|'refresh' - the answer to the token request before it is kept back",
        "token_released": "step - stamped before a byte of the answer is sent",
        "answer_held": "step - an answer of the API is kept back",
        "answer_released": "step",
        "tokens_issued": "access_token (masked), refresh_token (masked)",
        "api_request": "method, path, status",
        "fault_used": "step, kind (a name on the fake's menu of faults), id, harmless: bool - the answer "
        "is what it would have been, the fault's parameters",
        "clock_advanced": "seconds, now - amoCRM's clock was moved by hand, other clocks were not",
        "hook_sent": "url, status",
        "sign_in_shown": "",
        "signed_in": "",
        "trouble": "text",
        "unrouted": "method, path",
    },
}
