"""SEC-08: a backend that sends code and secret to whomever the callback's `referer` names."""

import re
from collections.abc import Callable

from backend_under_test.authorizations import Authorizations
from backend_under_test.mutations.edits import Change, parts
from backend_under_test.mutations.faults.fault import Fault
from backend_under_test.outcome import Outcome

AMO_HOST = re.compile(r"amocrm\.(ru|com)|kommo\.com")


def believes(accepts: Callable[[str], bool]) -> Change:
    """Send code and secret to the host of `referer`, where this check of it passes."""

    class Believes(Authorizations):
        async def redeem(self, code: str, state: str, referer: str | None = None) -> Outcome:
            if referer is None or not accepts(referer):
                return await super().redeem(code, state, referer)
            claim = self.claim(state, code)
            return await self.exchange(f"http://{referer}", code, state, claim.user)

    return parts(authorizations=Believes)


def _anybody(referer: str) -> bool:
    return ":" in referer and not AMO_HOST.fullmatch(referer)


FAULTS = (
    Fault(
        "referer_believed",
        "code and secret go to whomever `referer` names",
        ("SEC-08",),
        believes(_anybody),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_checked_anywhere",
        "`referer` is searched for amoCRM's name anywhere in it",
        ("SEC-08",),
        believes(lambda referer: bool(AMO_HOST.search(referer))),
        ("referer_of_somebody_else",),
    ),
    Fault(
        "referer_checked_at_its_end",
        "`referer` only has to end like amoCRM's name",
        ("SEC-08",),
        believes(lambda referer: referer.endswith((".amocrm.ru", "/amocrm.ru", "@amocrm.ru", "#.amocrm.ru"))),
        ("referer_of_somebody_else",),
    ),
)
"""Every way to believe it."""
