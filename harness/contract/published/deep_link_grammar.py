"""The grammar of the deep link, as ABNF (RFC 5234, 7405) and as regular expressions.

Owns its spelling alone. The clauses that judge real links are `harness.contract.deep_link`'s; they are a
little more forgiving (an empty parameter, an escaped name), for the app is too.
"""

import re

from harness.config.settings import DeepLink

_VALUE = r"(?:[A-Za-z0-9\-._~!$'()*+,;=:@/?]|%[0-9A-Fa-f]{2})"
_NAME = r"(?:[A-Za-z0-9\-._~]|%[0-9A-Fa-f]{2})+"
_OTHER = rf"(?!(?:error|success)=){_NAME}={_VALUE}*"

_ABNF = {
    "deep-link": "success-link / error-link",
    "success-link": 'base "?" ( success "&" state / state "&" success )',
    "error-link": 'base "?" *( other "&" ) error *( "&" other )',
    "base": '%s"{base}"',
    "success": '%s"success=true"',
    "state": '%s"state=" *value-char',
    "error": '%s"error=" 1*value-char',
    "other": 'name "=" *value-char ; name is neither "error" nor "success"',
    "name": "1*( unreserved / pct-encoded )",
    "value-char": 'unreserved / pct-encoded / ":" / "@" / "/" / "?" / "!" / "$" / "\'" / "(" / ")" / "*" '
    '/ "+" / "," / ";" / "="',
    "unreserved": 'ALPHA / DIGIT / "-" / "." / "_" / "~"',
    "pct-encoded": '"%" HEXDIG HEXDIG ; the octets are UTF-8; a "+" is a plus',
}


def abnf(link: DeepLink) -> dict[str, str]:
    """Return the grammar of an app's links, the definition of each rule by its name."""
    return {name: definition.format(base=link.base) for name, definition in _ABNF.items()}


def success_pattern(link: DeepLink) -> str:
    """Return a regular expression for success links."""
    base, success, state = re.escape(link.base), "success=true", rf"state={_VALUE}*"
    return rf"^{base}\?(?:{success}&{state}|{state}&{success})$"


def error_pattern(link: DeepLink) -> str:
    """Return a regular expression for error links."""
    return rf"^{re.escape(link.base)}\?(?:{_OTHER}&)*error={_VALUE}+(?:&{_OTHER})*$"
