"""CB-05, CB-07: each way that the button can be wrong."""

from backend_under_test.mutations.edits import Change, script, style, swapped
from backend_under_test.mutations.fault import Fault

_HANDLER = '() => window.open(button.dataset.link, "_self")'


def tapped(handler: str) -> Change:
    """Another click handler in the place of the reference's."""
    return swapped(_HANDLER, handler)


def at_first(javascript: str, undo: str) -> Change:
    """Something is wrong for the first three seconds."""
    return script(f"{javascript}; setTimeout(() => {{ {undo} }}, 3_000)")


def bound(javascript: str) -> Change:
    """Bind the handler otherwise: BIND is the reference's own statement."""
    statement = f'button.addEventListener("click", {_HANDLER})'
    return swapped(f"{statement};", javascript.replace("BIND", statement) + ";")


FAULTS = (
    Fault(
        "button_late",
        "the button appears after three seconds",
        ("CB-05",),
        at_first("button.style.display = 'none'", "button.style.display = ''"),
    ),
    Fault(
        "button_covered",
        "a loading veil lies over the button for three seconds",
        ("CB-05",),
        at_first(
            "const veil = document.body.appendChild(document.createElement('div')); "
            "veil.style.cssText = 'position: fixed; inset: 0'",
            "veil.remove()",
        ),
    ),
    Fault(
        "page_greets_in_a_dialog",
        "the page calls alert() as it loads, which stands before the button",
        ("CB-05",),
        script("alert('Welcome back')"),
    ),
    Fault(
        "button_disabled_at_first",
        "the button is disabled for three seconds",
        ("CB-05",),
        at_first("button.disabled = true", "button.disabled = false"),
    ),
    Fault(
        "button_disabled",
        "the button is disabled for good",
        ("CB-05", "CB-07"),
        swapped('<button type="button"', '<button type="button" disabled'),
    ),
    Fault(
        "button_off_screen",
        "the button lies below the screen",
        ("CB-05",),
        style("button { margin-top: 150vh }"),
    ),
    Fault(
        "button_fades_in_slowly",
        "the button fades in for three seconds",
        ("CB-05",),
        style("button { animation: f 3s both } @keyframes f { from { opacity: 0 } }"),
    ),
    Fault(
        "button_grows_slowly",
        "the button grows for three seconds",
        ("CB-05",),
        style("button { animation: g 3s both } @keyframes g { from { transform: scale(0.3) } }"),
    ),
    Fault("button_transparent", "the button cannot be seen", ("CB-05",), style("button { opacity: 0.02 }")),
    Fault(
        "button_tiny",
        "the button is smaller than a finger",
        ("CB-05",),
        style("button { min-width: 0; min-height: 0; padding: 1px; font-size: 8px }"),
    ),
    Fault(
        "button_vanishes",
        "a script that fails in the loaded page leaves a page of its own, without the button",
        ("CB-07",),
        script(
            "addEventListener('load', () => setTimeout(() => { document.body.textContent = 'Oops' }, 500))"
        ),
    ),
    Fault("button_dead", "nothing happens when the button is tapped", ("CB-07",), tapped("() => {}")),
    Fault(
        "button_needs_two_taps",
        "the first tap only arms the button",
        ("CB-07",),
        tapped('() => button.armed ? window.open(button.dataset.link, "_self") : (button.armed = true)'),
    ),
    Fault(
        "button_opens_new_tab",
        "the button opens a new tab",
        ("CB-07",),
        tapped('() => window.open(button.dataset.link, "_blank")'),
    ),
    Fault(
        "button_departs_twice",
        "one tap departs in the tab and once more in an iframe",
        ("CB-07",),
        tapped(
            '() => { document.body.appendChild(document.createElement("iframe")).src = button.dataset.link; '
            'window.open(button.dataset.link, "_self") }'
        ),
    ),
    Fault(
        "button_opens_a_frame",
        "the button opens the link in a frame of the page, by its name",
        ("CB-07",),
        tapped(
            '() => { document.body.appendChild(document.createElement("iframe")).name = "aside"; '
            'window.open(button.dataset.link, "aside") }'
        ),
    ),
    Fault(
        "button_sends_a_frame_away",
        "the button sets the address of a frame that the page has",
        ("CB-07",),
        tapped(
            '() => { document.body.appendChild(document.createElement("iframe")); '
            "window[0].location = button.dataset.link }"
        ),
    ),
    Fault(
        "button_loses_the_gesture",
        "the tap only inserts a meta refresh, which WebKit does not count as the user's",
        ("CB-07",),
        tapped(
            '() => document.head.append(Object.assign(document.createElement("meta"), '
            '{ httpEquiv: "refresh", content: "0; url=" + button.dataset.link }))'
        ),
    ),
    Fault(
        "button_leaves_late",
        "the button leaves a second and a half after the tap, when the gesture has ended",
        ("CB-07",),
        tapped('() => setTimeout(() => window.open(button.dataset.link, "_self"), 1_500)'),
    ),
    Fault(
        "button_leaves_by_a_later_timer",
        "timers and frames of the page's own run before the button leaves, too late for the gesture",
        ("CB-07",),
        tapped(
            "() => { setInterval(() => {}, 50); setTimeout(() => requestAnimationFrame(() => "
            'setTimeout(() => window.open(button.dataset.link, "_self"), 700)), 700) }'
        ),
    ),
    Fault(
        "button_leaves_after_a_message",
        "the button leaves when a message of its own comes, which carries no gesture",
        ("CB-07",),
        tapped(
            "() => { const own = new MessageChannel(); own.port2.postMessage(0); "
            'own.port1.onmessage = () => window.open(button.dataset.link, "_self") }'
        ),
    ),
    Fault(
        "button_leaves_when_touched",
        "the button leaves in touchstart, which is no gesture yet",
        ("CB-07",),
        swapped(
            f'button.addEventListener("click", {_HANDLER});',
            f'button.addEventListener("touchstart", {_HANDLER}, {{ passive: true }});',
        ),
    ),
    Fault(
        "touch_prevented",
        "the page prevents touches, so that no click comes",
        ("CB-07",),
        script(
            "button.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false })"
        ),
    ),
    Fault(
        "button_bound_too_late",
        "the handler is bound five seconds after the page",
        ("CB-07",),
        bound("setTimeout(() => BIND, 5_000)"),
        ("app_cold_start",),
    ),
    Fault(
        "button_leaves_for_finger_and_ghost",
        "the page leaves for the finger, and for the click that follows it",
        ("CB-07",),
        bound(f'button.addEventListener("touchend", {_HANDLER}); setTimeout(() => BIND)'),
    ),
)
"""Every wrong button."""
