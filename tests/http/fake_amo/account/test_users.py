"""Users of an account, its roles, and the lists that it has nothing in."""

import httpx
import pytest

from fake_amo import AmoSettings, FakeAmo
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.entities.desk import Desk
from tests.http.fake_amo.worlds import two_accounts


def test_users_have_their_rights(desk: Desk) -> None:
    """FACTS: API-USERS - a list, and one by id; what `with=` adds."""
    (user,) = desk.listed("users")
    assert list(user) == ["id", "name", "email", "lang", "rights", "_links"]
    assert (user["email"], user["lang"]) == ("owner@example.com", "ru")
    counted = desk.one("users")
    assert [counted[each] for each in ("_total_items", "_page", "_page_count")] == [1, 1, 1]
    assert user["rights"]["is_admin"] is True
    assert user["rights"]["leads"]["view"] == "A"
    shown = desk.one(f"users/{user['id']}?with=role,group,uuid,amojo_id,user_rank")
    assert set(shown) - set(user) == {"uuid", "amojo_id", "user_rank", "_embedded"}
    assert set(shown["_embedded"]) == {"roles", "groups"}
    desk.ask("GET", "users/1", status=204)
    desk.ask("GET", "users?page=2", status=204)
    desk.ask("GET", "users?limit=251", status=422)
    desk.ask("GET", "roles", status=204)


@pytest.mark.parametrize("path", ["users", "users/1", "roles", "webhooks"])
def test_only_administrators_see_users(http: httpx.Client, path: str) -> None:
    """FACTS: API-USERS, API-WEBHOOKS - a mere member gets 403."""
    with FakeAmo(AmoSettings(world=two_accounts())) as amo:
        talk = Dialogue(amo, http)
        token = talk.exchange(amo.mint_code(account="guest")).json()["access_token"]
        answer = talk.api(f"/api/v4/{path}", token)
    assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


@pytest.mark.parametrize("path", ["catalogs", "customers", "leads/unsorted", "sources"])
def test_list_of_what_the_account_has_none_of_is_204(desk: Desk, path: str) -> None:
    """FACTS: API-EMPTY-204 - and a limit is checked all the same."""
    desk.ask("GET", path, status=204)
    desk.ask("GET", f"{path}?limit=251", status=422)
