"""How an authorization ended, in words for the user and for the app.

Owns the reasons and their sentences. Must not know pages, links or amoCRM's wire format.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why the account is not connected. The app gets this value; unreserved characters only.

    A stable code and not the sentence, because the app's router decodes a value more than once: `%26` in a
    sentence would become another parameter, and `%25` throws (facts on expo-router).
    """

    MISSING_CODE = "missing_code"
    MALFORMED = "malformed_request"
    ACCESS_DENIED = "access_denied"
    AUTHORIZATION_ERROR = "authorization_error"
    UNKNOWN_ACCOUNT_HOST = "unknown_account_host"
    STATE_UNKNOWN = "state_unknown"
    STATE_EXPIRED = "state_expired"
    STATE_SPENT = "state_spent"
    STATE_OF_ANOTHER_USER = "state_of_another_user"
    INTERRUPTED = "authorization_interrupted"
    REFUSED = "exchange_refused"
    AMO_BUSY = "amo_busy"
    AMO_UNREACHABLE = "amo_unreachable"
    AMO_TIMEOUT = "amo_timeout"
    AMO_NONSENSE = "amo_bad_answer"
    SERVER_ERROR = "server_error"


SENTENCES = {
    Reason.MISSING_CODE: "",
    Reason.MALFORMED: "The address that AMO CRM sent you back to is malformed.",
    Reason.ACCESS_DENIED: "Access was declined in AMO CRM.",
    Reason.AUTHORIZATION_ERROR: "AMO CRM reported an error instead of giving access.",
    Reason.UNKNOWN_ACCOUNT_HOST: "The account's address does not belong to AMO CRM.",
    Reason.STATE_UNKNOWN: "This authorization was not started from the app.",
    Reason.STATE_EXPIRED: "This authorization has expired. Please start again from the app.",
    Reason.STATE_SPENT: "This authorization has already been used. Please start again from the app.",
    Reason.STATE_OF_ANOTHER_USER: "This authorization was started by another user.",
    Reason.INTERRUPTED: "The authorization was interrupted. Please start again from the app.",
    Reason.REFUSED: "AMO CRM refused the authorization code.",
    Reason.AMO_BUSY: "AMO CRM is busy. Please try again in a few minutes.",
    Reason.AMO_UNREACHABLE: "AMO CRM could not be reached.",
    Reason.AMO_TIMEOUT: "AMO CRM did not answer in time.",
    Reason.AMO_NONSENSE: "AMO CRM gave an answer that could not be understood.",
    Reason.SERVER_ERROR: "Something went wrong on our side. Please try again.",
}
"""What the page says; the page of a missing code says it in its heading."""

_LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class Outcome:
    """The end of one authorization: connected when `reason` is None."""

    reason: Reason | None = None
    sentence: str = ""

    @property
    def connected(self) -> bool:
        """Whether tokens are stored."""
        return self.reason is None

    @classmethod
    def failed(cls, reason: Reason, sentence: str = "") -> "Outcome":
        """Not connected, with the reason's own sentence unless a better one is known."""
        return cls(reason, sentence or SENTENCES[reason])


def tidy(text: str, *, without: tuple[str, ...] = ()) -> str:
    """Foreign text made fit for a page: one line, at most 200 characters, none of the secrets `without`."""
    for secret in without:
        text = text.replace(secret, "…") if secret else text
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return text if len(text) <= _LONGEST_SENTENCE else text[: _LONGEST_SENTENCE - 1] + "…"
