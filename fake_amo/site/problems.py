"""Every documented way in which amoCRM says no, by name: status, title, type, detail, hint, content type.

Owns texts and shapes. Must not decide when one is due: the endpoints do, and the faults menu.
"""

from dataclasses import dataclass
from typing import Any

from fake_amo.http.messages import Reply, html_reply, json_reply
from fake_amo.state.profiles import Language, Profile

PROBLEM_TYPE = "application/problem+json"
_OAUTH_TYPE = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"
_ACCESS_TYPE = "https://developers.amocrm.ru/v3/errors/AccessDenied"


@dataclass(frozen=True, slots=True)
class TokenProblem:
    """A refusal of the token endpoint; `hint` None is the bare 401 of a refused client."""

    status: int
    hint: str | None
    client: bool = False
    """True: told as the bare 401 by profiles of 2020-21."""


_CLIENT = TokenProblem(401, None)

TOKEN_PROBLEMS: dict[str, TokenProblem] = {
    "grant_type_unsupported": TokenProblem(400, "Check that all required parameters have been provided"),
    "client_id_invalid": TokenProblem(400, "Check the `client_id` parameter"),
    "client_unknown": _CLIENT,
    "client_secret_wrong": TokenProblem(400, "Check the `client_secret` parameter", client=True),
    "redirect_uri_missing": TokenProblem(400, "Check the `redirect_uri` parameter"),
    "redirect_uri_wrong": TokenProblem(400, "Redirect URI is not associated with client", client=True),
    "redirect_uri_changed": TokenProblem(400, "Invalid redirect URI"),
    "code_missing": TokenProblem(400, "Check the `code` parameter"),
    "code_undecryptable": TokenProblem(400, "Cannot decrypt the authorization code"),
    "code_expired": TokenProblem(400, "Authorization code has expired"),
    "code_revoked": TokenProblem(400, "Authorization code has been revoked"),
    "code_of_another_client": TokenProblem(400, "Authorization code was not issued to this client"),
    "account_unpaid": _CLIENT,
    "account_invalid": TokenProblem(400, "Invalid account"),
    "send_to_account": TokenProblem(400, "Send request to account"),
    "refresh_missing": TokenProblem(400, "Check the `refresh_token` parameter"),
    "refresh_undecryptable": TokenProblem(401, "Cannot decrypt the refresh token"),
    "refresh_of_another_client": TokenProblem(401, "Token is not linked to client"),
    "refresh_expired": TokenProblem(401, "Token has expired"),
    "refresh_revoked": TokenProblem(401, "Token has been revoked"),
}

_INVALID_REQUEST: dict[Language, tuple[str, str]] = {
    "ru": ("Некорректный запрос", "В запросе отсутствует ряд параметров или параметры невалидны"),
    "en": (
        "Invalid request",
        (
            "The request is missing a required parameter, includes an invalid parameter value, includes a "
            "parameter more than once, or is otherwise malformed."
        ),
    ),
}
_INVALID_CLIENT: dict[Language, tuple[str, str]] = {
    "ru": ("Некорректный клиент", "Авторизация клиента не прошла"),
    "en": ("Invalid client", "Client authentication failed"),
}
_WRONG_LOGIN: dict[Language, str] = {
    "ru": "Неверный логин или пароль",
    "en": "Invalid user name or password",
}


def token_problem(
    name: str, profile: Profile, *, hint: str | None = None, status: int | None = None
) -> Reply:
    """Return the token endpoint's refusal of that name; `hint` and `status` replace its own."""
    problem = TOKEN_PROBLEMS[name]
    if problem.client and profile.client_errors == "bare":
        problem = _CLIENT
    shown_hint = problem.hint if hint is None else hint
    shown_status = problem.status if status is None else status
    title, detail = (_INVALID_CLIENT if problem is _CLIENT else _INVALID_REQUEST)[profile.language]
    body: dict[str, Any] = {} if shown_hint is None else {"hint": shown_hint}
    body |= {"title": title, "type": _OAUTH_TYPE, "status": shown_status, "detail": detail}
    return json_reply(shown_status, body, PROBLEM_TYPE, note={"problem": name, "hint": shown_hint})


@dataclass(frozen=True, slots=True)
class ApiProblem:
    """A refusal of the API, in the shape of httpstatus.es."""

    status: int
    title: str
    detail: str


API_PROBLEMS: dict[str, ApiProblem] = {
    "unauthorized": ApiProblem(401, "Unauthorized", ""),
    "payment_required": ApiProblem(402, "Payment Required", "Payment required"),
    "forbidden": ApiProblem(403, "Forbidden", "Forbidden"),
    "not_found": ApiProblem(404, "Not Found", "Not Found"),
    "account_not_found": ApiProblem(404, "Not Found", "Account not found"),
    "method_not_allowed": ApiProblem(405, "Method Not Allowed", "Method Not Allowed"),
    "request_empty": ApiProblem(400, "Bad Request", "Request data can not be empty"),
    "validation": ApiProblem(400, "Bad Request", "Request validation failed"),
    "filter_unsupported": ApiProblem(400, "Bad Request", "Filter is not supported"),
    "limit_exceeded": ApiProblem(422, "Unprocessable Entity", "Limit 250 per page"),
    "too_many_requests": ApiProblem(
        429,
        "Too Many Requests",
        "You have sent too many requests in a given amount of time. Please try again later.",
    ),
}


def api_problem(
    name: str, profile: Profile, *, detail: str | None = None, status: int | None = None, **more: Any
) -> Reply:
    """Return the API's refusal of that name; `more` are keys after `detail`, such as retry_after."""
    problem = API_PROBLEMS[name]
    own_detail = _WRONG_LOGIN[profile.language] if name == "unauthorized" else problem.detail
    shown_status = problem.status if status is None else status
    if name == "too_many_requests":
        more = {"retry_after": 300} | more
    body: dict[str, Any] = {
        "title": problem.title,
        "type": f"https://httpstatus.es/{shown_status}",
        "status": shown_status,
        "detail": own_detail if detail is None else detail,
        **more,
    }
    return json_reply(shown_status, body, PROBLEM_TYPE, note={"problem": name})


def validation_problem(errors: list[dict[str, Any]]) -> Reply:
    """Return 400 with `validation-errors` first: [{request_id, errors: [{code, path, detail}]}]."""
    problem = API_PROBLEMS["validation"]
    body = {
        "validation-errors": errors,
        "title": problem.title,
        "type": f"https://httpstatus.es/{problem.status}",
        "status": problem.status,
        "detail": problem.detail,
    }
    return json_reply(problem.status, body, PROBLEM_TYPE, note={"problem": "validation"})


def access_denied() -> Reply:
    """Return the 403 of a subdomain look-up without its header."""
    body = {
        "title": "Access denied",
        "type": _ACCESS_TYPE,
        "status": 403,
        "detail": "You need an authorization header",
    }
    return json_reply(403, body, PROBLEM_TYPE, note={"problem": "access_denied"})


def server_error(trace_id: str) -> Reply:
    """Return the documented 500."""
    body = {
        "title": "ErrInternalServer",
        "status": 500,
        "detail": "Our team are probably already working on the elimination of the problem",
        "trace_id": trace_id,
    }
    return json_reply(500, body, PROBLEM_TYPE, note={"problem": "server_error"})


def nginx_page(status: int, phrase: str) -> Reply:
    """Return the HTML that the proxy in front of amoCRM writes."""
    title = f"{status} {phrase}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return html_reply(status, page)
