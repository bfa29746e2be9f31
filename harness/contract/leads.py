"""LD-01 and SEC-09: whose leads the app gets, and whether it gets all of them.

Owns these clauses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.contract.clause import Finding, clause, failed, finding, not_observed, over_all
from harness.contract.reading import amo_side
from harness.contract.reading.app_side import leads_before
from harness.contract.reading.reading import Reading
from harness.contract.reading.words import quoted
from harness.timeline.amo_events import TokensIssued
from harness.timeline.events import AppResponse, AppScreen, StoryStep

ONE_REFERER = (
    "{user} sees the lead {lead} of the account that was connected after theirs, and both have one `referer` "
    "here, by which it may keep them: hand it {{amo_hosts}}, all that `referer` may carry, or set "
    "[start].intercept = true"
)


@clause(
    "LD-01",
    "should",
    "All leads can be reached, not the first page alone",
    source="common sense",
    remedy="follow amoCRM's `_links.next` up to the last page, or give the app the pages to ask for, and "
    "name none after the last",
    needs=("leads",),
)
def all_leads(reading: Reading) -> Finding:
    """Judge the last list of leads of each user, where the account's number of leads is known."""
    if reading.leads_expected is None or not reading.granted:
        return not_observed("no account whose number of leads is known was connected")
    if any(each.event.is_inferred for each in reading.deliveries):
        return not_observed("nobody has counted the rows that a real app shows")
    tabs = [each for each in reading.timeline.of(AppScreen) if each.screen == "crm"]
    last = {tab.user: tab for tab in tabs if tab.leads is not None or _came_in_part(reading, tab)}
    return over_all(
        (_all_leads(reading, tab, reading.leads_expected) for tab in last.values()),
        "the CRM tab showed no list of leads",
    )


def _all_leads(reading: Reading, tab: AppScreen, want: int) -> Finding:
    shown = tab.leads or 0
    wrong = [f"it shows {shown} leads of {want}"] if shown != want else []
    endless = [
        each for each in leads_before(reading.timeline, tab)[-1:] if each.more_leads and not each.leads
    ]
    if endless:
        said = "a page without leads says that another follows"
        return failed("a last page that names no other", said, *endless)
    if wrong and (excuse := reading.amo_excuse(after=reading.granted[0].request, before=tab)):
        return not_observed(f"amoCRM did not serve the leads ({amo_side.in_words(excuse)})")
    return finding(f"the CRM tab with {want} leads", wrong, f"{tab.leads} leads", tab)


def _came_in_part(reading: Reading, tab: AppScreen) -> bool:
    """Tell whether a tab without a list has none because a page of leads that another named was refused."""
    last = leads_before(reading.timeline, tab)[-2:]
    return [bool(each.more_leads) for each in last] == [True, False] and last[-1].leads is None


@clause(
    "SEC-09",
    "must",
    "Two users with two accounts each see their own leads, before and after a refresh (where the backend has "
    "users)",
    source="common sense: anybody could see it",
    remedy="keep tokens and cached answers per user, and look them up by the user who asks",
    needs=("users", "leads"),
)
def own_leads(reading: Reading) -> Finding:
    """Judge each answer with leads to a connected user, by names and ids that one account alone has."""
    words = _words_by_account(reading)
    accounts = _account_by_user(reading)
    if len(set(accounts.values())) < 2:  # noqa: PLR2004 - two of them
        return not_observed("fewer than two accounts were connected")
    hosts = {visit.given("referer") for visit in reading.granted}
    key = _Key(tuple(accounts.values()), hosts, _tells_users_apart(reading))
    seen = [_own(answer, words, account, key) for answer, account in _answers(reading, accounts)]
    doubtful = [each for each in seen if each.result == "not_observed" and each.events]
    if doubtful and all(each.result != "failed" for each in seen):
        return doubtful[0]
    return over_all(seen, "no user whose account was connected asked for the leads")


@dataclass(frozen=True, slots=True)
class _Key:
    """What a backend that keeps accounts by `referer` cannot tell apart where all have one."""

    in_order: tuple[str, ...]
    """The accounts as they were connected."""
    hosts: set[str]
    tells_users_apart: bool

    def explains(self, account: str, other: str) -> bool:
        """Tell whether what it stored for another account is in the place of this one's."""
        is_one = self.tells_users_apart and len(self.hosts) == 1 and "" not in self.hosts
        return is_one and other in self.in_order[self.in_order.index(account) :]


def _tells_users_apart(reading: Reading) -> bool:
    """Tell whether no user was told to be connected before they were: by another one's account, then."""
    first = {visit.owner: visit.request.index for visit in reversed(reading.granted)}
    is_fresh = reading.started is None or reading.started.resets
    told = (each for each in reading.statuses if each.connected and each.user in first and is_fresh)
    return not any(each.index < first[each.user] for each in told)


def _words_by_account(reading: Reading) -> Mapping[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for step in reading.timeline.of(StoryStep):
        words |= {account: tuple(told) for account, told in step.accounts.items()}
    return words


def _account_by_user(reading: Reading) -> dict[str, str]:
    """Return the account that each user connected."""
    accounts: dict[str, str] = {}
    for visit in reading.granted:
        issued = next(iter(reading.after(TokensIssued, visit.token_requests[-1])), None)
        if visit.owner is not None and issued is not None and issued.account_id is not None:
            accounts[visit.owner] = str(issued.account_id)
    return accounts


def _answers(reading: Reading, accounts: Mapping[str, str]) -> Iterator[tuple[AppResponse, str]]:
    """Yield what users who had connected an account were answered when they asked for leads."""
    connected_at = {visit.owner: visit.landing.end or visit.request.index for visit in reading.granted}
    for answer in reading.timeline.of(AppResponse):
        account = accounts.get(answer.user or "")
        if (
            account
            and answer.purpose == "leads"
            and answer.leads
            and answer.index > connected_at[answer.user]
        ):
            yield answer, account


def _own(answer: AppResponse, words: Mapping[str, tuple[str, ...]], account: str, key: _Key) -> Finding:
    theirs = {w: o for o, told in words.items() if o != account for w in told if w in answer.body}
    own = [word for word in words.get(account, ()) if word in answer.body]
    wrong = [f"{answer.user} sees the lead {quoted(word)} of another account" for word in theirs][:1]
    if theirs and not own and all(key.explains(account, each) for each in theirs.values()):
        why = ONE_REFERER.format(user=answer.user, lead=quoted(next(iter(theirs))))
        return replace(not_observed(why), events=(answer.index,))
    if not wrong and not own:
        return not_observed("the answer has neither ids nor names of leads by which to tell accounts apart")
    return finding(
        f"the leads of {answer.user}'s own account", wrong, f"{quoted(own[0]) if own else ''}", answer
    )
