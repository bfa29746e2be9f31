"""What was issued is kept for the last generations alone; a lost answer is told from one that came."""

from typing import Any

from harness.load.judging.invariants import Invariants
from harness.load.judging.ledger import KEPT_NS, KEPT_PAIRS, Ledger
from harness.load.judging.server_side import Told

ACCOUNT = 50_000_001
SECOND = 10**9
LOST = ({"kind": "reset", "when": "after"},)


def token_request(at_s: float, refresh: str, status: int = 200, faults: tuple[Any, ...] = ()) -> Told:
    """A refresh."""
    facts = {"grant_type": "refresh_token", "status": status}
    return Told(int(at_s * SECOND), "token_request", facts, refresh=refresh, faults=faults)


def issued(at_s: float, number: int, grant: str = "refresh_token") -> Told:
    """A generation of tokens."""
    facts = {"grant_type": grant, "account_id": ACCOUNT}
    return Told(int(at_s * SECOND), "tokens_issued", facts, refresh=f"r{number}", access=f"a{number}")


def called(at_s: float, number: int) -> Told:
    """A call of the API."""
    facts = {"status": 200, "account_id": ACCOUNT}
    return Told(int(at_s * SECOND), "api_request", facts, access=f"a{number}")


def outcome_of(*told: Told, grace: bool = False) -> dict[str, str]:
    """Return what the invariants of amoCRM's side say."""
    ledger = Ledger(grace=grace)
    invariants = Invariants(ledger, one_account=False, limits=True)
    for each in told:
        invariants.server_side(each)
        ledger.take(each)
    return {name: result.outcome for name, result in invariants.results.items()}


def test_one_refresh_a_generation_holds() -> None:
    """Each token bought the next one."""
    story = [issued(0, 0, "authorization_code")]
    for number in range(3):
        story += [token_request(number + 1, f"r{number}"), issued(number + 1, number + 1)]
    assert outcome_of(*story)["INV-REFRESH"] == "passed"


def test_a_spent_refresh_token_breaks_it() -> None:
    """Whatever amoCRM answers the second time."""
    story = (issued(0, 0), token_request(1, "r0"), issued(1, 1), token_request(2, "r0", 401))
    assert outcome_of(*story)["INV-REFRESH"] == "failed"


def test_asking_again_after_a_lost_answer_does_not() -> None:
    """It was cut, so nobody knows what came of it."""
    story = (issued(0, 0), token_request(1, "r0", faults=LOST), issued(1, 1), token_request(2, "r0"))
    assert outcome_of(*story, grace=True)["INV-REFRESH"] == "passed"


def test_asking_again_while_a_slow_answer_is_under_way_does() -> None:
    """A lock must outlast it."""
    slow = ({"kind": "slow", "ms": 900, "harmless": True},)
    story = (issued(0, 0), token_request(1, "r0", faults=slow), issued(1, 1), token_request(1.5, "r0", 401))
    assert outcome_of(*story)["INV-REFRESH"] == "failed"


def test_a_lost_answer_ends_a_connection_under_strict_rotation_alone() -> None:
    """Under grace the old token is taken again."""
    for grace, ended in ((False, True), (True, False)):
        ledger = Ledger(grace=grace)
        for each in (issued(0, 0), token_request(1, "r0", faults=LOST)):
            ledger.take(each)
        assert (ledger.account(ACCOUNT).ended_ns is not None) is ended


def test_only_the_last_generations_are_kept() -> None:
    """Memory does not grow with a run."""
    ledger = Ledger(grace=False)
    for number in range(10 * KEPT_PAIRS):
        ledger.take(issued(number, number))
    assert len(ledger.account(ACCOUNT).pairs) == KEPT_PAIRS
    assert ledger.pair_of_access("a0") is None
    assert len(ledger.account(ACCOUNT).told) < 10 * KEPT_PAIRS + 1


def test_what_happened_to_an_account_is_forgotten_though_nothing_happens_any_more() -> None:
    """Nor does it grow with those who came once; whose it was stays known."""
    ledger, later = Ledger(grace=False), 3 * KEPT_NS / SECOND
    ledger.take(issued(0, 0))
    assert ledger.account(ACCOUNT).told
    ledger.take(Told(int(later * SECOND), "api_request", {"status": 200, "account_id": ACCOUNT + 1}))
    assert not ledger.account(ACCOUNT).told
    assert ledger.account(ACCOUNT + 1).told
    assert ledger.pair_of_access("a0") is not None


def test_a_limit_that_amo_itself_breaks_is_nobodys() -> None:
    """A 429 that the weather made says nothing of the backend; amoCRM's own does."""
    busy = {"status": 429, "account_id": ACCOUNT}
    own = Told(SECOND, "api_request", busy, access="a0")
    made = Told(SECOND, "api_request", busy, access="a0", faults=({"kind": "problem"},))
    assert outcome_of(issued(0, 0), made)["INV-LIMITS"] == "passed"
    assert outcome_of(issued(0, 0), own)["INV-LIMITS"] == "failed"
