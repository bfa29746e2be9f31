"""How a text is read and quoted, and the app's own words.

Owns these alone.
"""

CONNECT_PROMPT = "Підключіть АМО CRM"
ERROR_TEXT = "Помилка авторизації. Спробуйте ще раз."
NO_CODE_TEXT = "Код авторизації відсутній."


def squeeze(text: str) -> str:
    """Return a text as a reader sees it: white space is one space."""
    return " ".join(text.split())


def quoted(text: str | None, *, limit: int = 120) -> str:
    """Return a text in quotes for a sentence, cut where it is long."""
    shown = squeeze(text or "")
    return f"“{shown if len(shown) <= limit else shown[: limit - 1] + '…'}”"
