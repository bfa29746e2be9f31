"""Public clients of amoCRM, unmodified, against the fake."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

import httpx
import pytest
from aioamocrm import (
    AmoCRMClient,
    AuthError,
    Contact,
    Embedded,
    Lead,
    Note,
    OAuth2,
    RateLimitError,
    RetryPolicy,
    parse_webhook,
)
from amocrm_api import AmoOAuthClient
from amocrm_api.errors import AmoException

from fake_amo import FakeAmo
from tests.browser.processes import wait_for
from tests.http.coroutines import run_in_thread
from tests.http.fake_amo.dialogue import Dialogue
from tests.http.fake_amo.receiver import receiving

Journey = Callable[[AmoCRMClient, OAuth2], Coroutine[Any, Any, None]]


def with_aioamocrm(amo: FakeAmo, journey: Journey, *, exchanged: bool = True) -> None:
    """Run a journey with aioamocrm, its clock the fake's, without its own waiting."""

    async def run() -> None:
        auth = OAuth2(amo.client_id, amo.client_secret, amo.redirect_uri, clock=amo.clock.now)
        retry = RetryPolicy(max_attempts=1)
        async with AmoCRMClient(auth=auth, base_url=amo.url, rate_limit=None, retry=retry) as client:
            if exchanged:
                await client.exchange_code(amo.mint_code())
            await journey(client, auth)

    run_in_thread(run())


def test_aioamocrm_exchanges_a_code(amo: FakeAmo) -> None:
    """The pair is what the fake issued; the code is spent."""

    async def journey(client: AmoCRMClient, auth: OAuth2) -> None:
        code = amo.mint_code()
        tokens = await client.exchange_code(code)
        assert tokens.refresh_token.startswith("def50200")
        assert tokens.expires_at == pytest.approx(amo.clock.now() + 86400, abs=1)
        with pytest.raises(AuthError, match="Authorization code has been revoked"):
            await client.exchange_code(code)
        assert (await auth.storage.load()) == tokens

    with_aioamocrm(amo, journey, exchanged=False)


def test_aioamocrm_refreshes_by_itself(amo: FakeAmo) -> None:
    """After a day it asks for a new pair before it asks for the account."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        amo.advance(days=2)
        assert (await client.account.get()).subdomain == "testaccount"
        assert [each.path for each in amo.journal][-2:] == ["/oauth2/access_token", "/api/v4/account"]
        assert amo.journal[-2].fields["grant_type"] == "refresh_token"

    with_aioamocrm(amo, journey)


def test_aioamocrm_reads_the_account(amo: FakeAmo) -> None:
    """With what `with=` adds."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        account = await client.account.get(with_=["version", "users_groups"])
        assert (account.name, account.currency) == ("Тестова компанія", "UAH")

    with_aioamocrm(amo, journey)


def test_aioamocrm_pages_through_leads(amo: FakeAmo) -> None:
    """Five leads in three pages, by the links."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        names = [lead.name async for lead in client.leads.iterate(limit=2, with_=["contacts"])]
        assert len(set(names)) == 5
        assert [each.path for each in amo.journal].count("/api/v4/leads") == 3

    with_aioamocrm(amo, journey)


def test_aioamocrm_takes_an_empty_list(amo: FakeAmo) -> None:
    """204 without a body is an empty page."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        page = await client.leads.get_page(query="nothing like it")
        assert (page.items, page.has_next) == ([], False)

    with_aioamocrm(amo, journey)


def test_aioamocrm_meets_401(amo: FakeAmo) -> None:
    """An integration that was switched off: refresh refused, then the error."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        amo.disconnect()
        with pytest.raises(AuthError) as refused:
            await client.account.get()
        assert refused.value.status_code == 401

    with_aioamocrm(amo, journey)


def test_aioamocrm_meets_429(amo: FakeAmo) -> None:
    """The eighth request of a second, by the real limit."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        for _ in range(7):
            await client.account.get()
        with pytest.raises(RateLimitError):
            await client.account.get()
        amo.advance(seconds=1)
        await client.account.get()

    with_aioamocrm(amo, journey)


def test_aioamocrm_writes_leads(amo: FakeAmo) -> None:
    """Create and update in the shapes that its models read."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        (made,) = await client.leads.create([{"name": "Нова", "price": 7}])
        await client.leads.update([{"id": made.id, "price": 8}])
        assert (await client.leads.get(cast("int", made.id))).price == 8
        assert [each.name for each in await client.pipelines.list()] == ["Воронка"]

    with_aioamocrm(amo, journey)


def test_aioamocrm_writes_everything_else(amo: FakeAmo) -> None:
    """FACTS: API-CONTACTS-WRITE, API-COMPANIES, API-LINKING, API-NOTES, API-TASKS, API-LEADS-COMPLEX."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        (contact,) = await client.contacts.create([{"name": "Олег"}])
        (company,) = await client.companies.create([{"name": "ТОВ"}])
        await client.contacts.link(cast("int", contact.id), "companies", cast("int", company.id))
        (link,) = await client.companies.links(cast("int", company.id))
        assert link.to_entity_id == contact.id
        amo.advance(seconds=1)
        await client.contacts.unlink(cast("int", contact.id), "companies", cast("int", company.id))
        lead = Lead(name="Заявка", embedded=Embedded(contacts=[Contact(name="Ірина")]))
        (made,) = await client.leads.create_complex([lead])
        assert (made.contact_id is None, made.merged) == (False, False)
        lead_id = cast("int", made.id)
        (ref,) = await client.leads.notes.create([Note.common(lead_id, "так")])
        note = await client.leads.notes.get(cast("int", ref.id), entity_id=lead_id)
        assert note.params == {"text": "так"}
        amo.advance(seconds=1)
        (task,) = await client.tasks.create([{"text": "Дзвінок", "complete_till": 1_800_000_000}])
        await client.tasks.complete(cast("int", task.id), result="домовились")
        assert (await client.tasks.get(cast("int", task.id))).is_completed

    with_aioamocrm(amo, journey)


def test_aioamocrm_reads_what_describes_the_account(amo: FakeAmo) -> None:
    """FACTS: API-USERS, API-CUSTOM-FIELDS, API-PIPELINES - by pages or whole."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        assert [each.name async for each in client.users.iterate()] == ["Олена Шевченко"]
        fields = [each async for each in client.leads.custom_fields.iterate(limit=3)]
        assert len(fields) == 7
        (pipeline,) = await client.pipelines.list()
        statuses = await client.pipelines.statuses(cast("int", pipeline.id))
        assert [each.id for each in statuses][-2:] == [142, 143]

    with_aioamocrm(amo, journey)


def test_aioamocrm_reads_a_webhook(amo: FakeAmo) -> None:
    """FACTS: HOOK-SUBSCRIBED, HOOK-FORM - its parser finds entity, action and account."""

    async def journey(client: AmoCRMClient, _auth: OAuth2) -> None:
        body = {"destination": f"{backend.url}/hook", "settings": ["add_lead"]}
        await client.request("POST", "webhooks", json=body)
        await client.leads.create([{"name": "Нова", "price": 7}])

    with receiving() as backend:
        with_aioamocrm(amo, journey)
        assert wait_for(lambda: len(backend.received) == 1)
    parsed = parse_webhook(backend.received[0][3])
    assert parsed.subdomain == "testaccount"
    (event,) = parsed.events
    assert (event.entity, event.action, event.payload["name"]) == ("leads", "add", "Нова")


class _Session(httpx.Client):
    """A session whose GET takes the `json=None` that amocrm-api-wrapper 1.0.1 hands to every method.

    No release of httpx takes it, so with the session that it makes itself the library cannot GET at all;
    `test_wrapper_cannot_get_by_itself` says when this is no longer needed.
    """

    def get(self, url: Any, *, json: None = None, **options: Any) -> httpx.Response:
        """Leave out what httpx does not take."""
        assert json is None
        return super().get(url, **options)


class _Wrapper(AmoOAuthClient):
    """The library as it is, with that session, and closed when another takes its place."""

    def _init_session(self, params: dict[str, str] | None = None) -> httpx.Client:
        self.close()
        bearer = {"Authorization": f"Bearer {self.access_token}"}
        return _Session(timeout=self.timeout, headers=bearer | (params or {}))


def wrapped(kind: type[AmoOAuthClient], talk: Dialogue) -> Any:
    """Return a client of the library with a fresh pair; its answers are untyped."""
    tokens, amo = talk.tokens(), talk.amo
    pair = (tokens["access_token"], tokens["refresh_token"])
    client = kind(*pair, amo.url, amo.client_id, amo.client_secret, amo.redirect_uri)
    client.max_retries = 0
    return client


@pytest.fixture
def wrapper(talk: Dialogue) -> Iterator[Any]:
    """amocrm-api-wrapper without its own retries."""
    client = wrapped(_Wrapper, talk)
    yield client
    client.close()


def test_wrapper_cannot_get_by_itself(talk: Dialogue) -> None:
    """A defect of the library, of no concern to the fake: remove the session above when this fails."""
    client = wrapped(AmoOAuthClient, talk)
    with pytest.raises(TypeError, match="unexpected keyword argument 'json'"):
        client.get_account_info()
    client.close()


def test_wrapper_refreshes_and_writes_by_itself(talk: Dialogue) -> None:
    """What the library can do with its own session."""
    client = wrapped(AmoOAuthClient, talk)
    old = client.refresh_token
    client.close()  # the library forgets this session when it refreshes
    client.update_tokens()
    assert client.refresh_token != old
    made = client.create_leads([{"name": "Нова"}])
    assert made["_embedded"]["leads"][0]["request_id"] == "0"
    client.close()


def test_wrapper_refreshes_after_401(wrapper: Any, amo: FakeAmo) -> None:
    """It has no exchange of its own; a day later it spends its refresh token."""
    old = wrapper.refresh_token
    amo.advance(days=1)
    assert wrapper.get_account_info()["subdomain"] == "testaccount"
    assert wrapper.refresh_token != old
    assert [each.status for each in amo.journal][-3:] == [401, 200, 200]


def test_wrapper_reads_the_account(wrapper: Any) -> None:
    """With every `with=` that it knows."""
    account = wrapper.get_account_info(with_version=True, with_task_types=True, with_amojo_id=True)
    assert {"version", "amojo_id", "_embedded"} <= set(account)


def test_wrapper_pages_through_leads(wrapper: Any) -> None:
    """By page number, until a short page."""
    assert len({lead["id"] for lead in wrapper.iter_leads(limit=2)}) == 5
    newest_first = wrapper.get_leads(limit=1, order={"created_at": "desc"})["_embedded"]["leads"]
    assert newest_first[0]["name"].endswith("#5")


def test_wrapper_takes_an_empty_list(wrapper: Any) -> None:
    """204 is an empty answer."""
    assert wrapper.get_leads(query="nothing") == {}


def test_wrapper_meets_401(wrapper: Any, amo: FakeAmo) -> None:
    """Refused refresh, with amoCRM's own words."""
    amo.disconnect()
    with pytest.raises(AmoException) as refused:
        wrapper.get_account_info()
    assert refused.value.code == 401
    assert "Token has been revoked" in str(refused.value)


def test_wrapper_meets_429(wrapper: Any) -> None:
    """The eighth request of a second."""
    for _ in range(7):
        wrapper.get_account_info()
    with pytest.raises(AmoException) as refused:
        wrapper.get_account_info()
    assert refused.value.code == 429
