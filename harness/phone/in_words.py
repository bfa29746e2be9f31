"""What a user would tell of it: the end of a journey in the words of a bug report.

Owns the words alone; every one is derived from what the host decided and what the app shows.
"""

from harness.phone.hosts.host import NOTHING, SEEN, HostDecision
from harness.phone.screens import Screen


def what_the_user_sees(decision: HostDecision | None, screen: Screen) -> str:
    """Return what came of a departure (None: the page never tried to leave), with the screen it ended on."""
    if screen.name == "browser":
        return decision.seen if decision else NOTHING
    # That the app opened, or got the link as a result, shows in the app itself
    if decision is None or decision.seen in (SEEN["opens"], SEEN["callback"]):
        return _in_the_app(screen)
    return f"{decision.seen}, then {_in_the_app(screen)}"


def _in_the_app(screen: Screen) -> str:
    match screen.name, screen.state:
        case "crm", "connected":
            return "back in the app, connected"
        case "crm", "disconnected":
            return f"back in the app, still “{screen.text}”"
        case _, "error":
            return f"back in the app, “{screen.text}”"
        case "home", _:
            return "back in the app, at its root"
        case _:
            return f"back in the app, {screen.state}"
