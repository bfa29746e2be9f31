"""The fake's HTML pages in Russian and English.

Owns texts, templates and the choice of language. Must not decide which page is due.
"""

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fake_amo.http.messages import Call, Reply, html_reply
from fake_amo.state.profiles import Language, Profile

TEXTS: dict[Language, dict[str, str]] = {
    "ru": {
        "sign_in_title": "Вход в систему",
        "login": "Логин",
        "password": "Пароль",
        "sign_in": "Войти",
        "wrong_login": "Неверный логин или пароль",
        "consent_title": "Предоставить доступ",
        "asks": "{name} запрашивает доступ к вашему аккаунту",
        "signed_in_as": "Вы вошли как",
        "switch_user": "Сменить пользователя",
        "rights": "Интеграция получит права:",
        "account": "Аккаунт",
        "allow": "Разрешить",
        "decline": "Отказаться",
        "no_accounts": "Нет аккаунта, в котором вы можете предоставить доступ этой интеграции.",
        "popup_done": "Это окно можно закрыть.",
        "main": "CRM-система для роста продаж",
    },
    "en": {
        "sign_in_title": "Log in",
        "login": "Email",
        "password": "Password",
        "sign_in": "Log in",
        "wrong_login": "Invalid user name or password",
        "consent_title": "Grant access",
        "asks": "{name} requests access to your account",
        "signed_in_as": "You are logged in as",
        "switch_user": "Log in as somebody else",
        "rights": "The integration will be able to access:",
        "account": "Account",
        "allow": "Allow",
        "decline": "Decline",
        "no_accounts": "You have no account in which you may grant access to this integration.",
        "popup_done": "You can close this window.",
        "main": "A CRM that grows sales",
    },
}
_RIGHTS: dict[Language, dict[str, str]] = {
    "ru": {
        "crm": "Доступ к данным аккаунта",
        "notifications": "Доступ к уведомлениям",
        "push_notifications": "Доступ к push-уведомлениям",
        "files": "Доступ к файлам",
        "files_delete": "Доступ к удалению файлов",
    },
    "en": {
        "crm": "Account data",
        "notifications": "Notifications",
        "push_notifications": "Push notifications",
        "files": "Files",
        "files_delete": "Deletion of files",
    },
}


def language_of(call: Call, profile: Profile) -> Language:
    """Return the first language of Accept-Language that there is, else the profile's own."""
    ranked: list[tuple[float, int, str]] = []
    for position, choice in enumerate(call.headers.get("accept-language", "").split(",")):
        tag, _, weight = choice.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), position, tag.lower()[:2]))
        except ValueError:
            continue  # a weight that is no number says nothing about its language
    for _, _, tag in sorted(ranked):
        if tag == "ru" or tag == "en":  # noqa: PLR1714 - narrows to Language
            return tag
    return profile.language


def rights_of(scopes: tuple[str, ...], language: Language) -> list[str]:
    """Return what the consent page lists for these scopes."""
    return [_RIGHTS[language].get(scope, scope) for scope in scopes]


def page(name: str, call: Call, profile: Profile, status: int = 200, **values: Any) -> Reply:
    """Return a rendered page in the language of the request."""
    language = language_of(call, profile)
    brand = "Kommo" if profile.zone == "kommo.com" else "amoCRM"
    template = _templates().get_template(f"{name}.html")
    return html_reply(
        status,
        template.render(
            language=language, brand=brand, text=TEXTS[language], raw_query=call.raw_query, **values
        ),
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(loader=PackageLoader("fake_amo.oauth"), autoescape=True, undefined=StrictUndefined)
