"""What amoCRM is like during each shape: how it rotates tokens, how long they live, what goes wrong.

Owns the settings of the fake and its standing faults. Each share is a part of all requests of that step.
"""

from fake_amo import AmoSettings, FakeAmo
from fake_amo.state.profiles import profile_of_zone
from harness.backends.foreign import OWN_ADDRESS
from harness.config.settings import BackendConfig
from harness.load.driving.plan import Shape
from harness.load.driving.shapes import people_of

EXPIRES_IN_S = 1
"""How long a token lives whose end is waited for."""
SOON_OVER = 0.25
"""Which part of the first tokens ends at once, so that later calls refresh them."""
SLOW_MS = 700
SHOWN_SLOW = 0.05
"""Which part of the first answers is held back for a moment, so that the order of answer and page shows."""


def is_graceful(shape: Shape) -> bool:
    """Tell whether a spent refresh token is taken again until its successor is used (Kommo, 2025).

    Only then can a backend survive an answer that was lost.
    """
    return shape == "trouble"


def counts_limits(*, tells_users_apart: bool) -> bool:
    """Tell whether amoCRM's limits apply: one user's account is not asked for by fifty phones in earnest."""
    return tells_users_apart


def amo_settings(
    config: BackendConfig, shape: Shape, users: int, *, host: str, tells_users_apart: bool
) -> AmoSettings:
    """Return the fake's settings for a run."""
    intercepted = config.start is not None and config.start.intercept
    return AmoSettings(
        host=host,
        profile=profile_of_zone(config.zone).name,
        account_host=f"{{subdomain}}.{config.zone}"
        if intercepted
        else OWN_ADDRESS.replace("127.0.0.1", host),
        crowd=people_of(users) if tells_users_apart else 0,
        sign_in="asked",
        limits=counts_limits(tells_users_apart=tells_users_apart),
        limits_of="installation",
        refresh="grace" if is_graceful(shape) else "strict",
        kept_grants=max(5_000, 20 * users),
        journal_size=100,
        raise_at_exit=False,
    )


def make_weather(amo: FakeAmo, shape: Shape) -> None:
    """Ask the fake for what goes on during a shape."""
    if shape == "expiry":
        amo.faults.add("token", "expires_in", count=None, seconds=EXPIRES_IN_S)
        amo.faults.add("refresh", "slow", count=None, share=0.5, ms=SLOW_MS)
        return
    if shape == "trouble":
        amo.faults.add("token", "slow", count=None, share=0.1, ms=SLOW_MS)
        amo.faults.add("token", "reset", count=None, share=0.02, when="after")
        amo.faults.add("token", "problem", count=None, share=0.02, name="code_expired")
        amo.faults.add("refresh", "slow", count=None, share=0.2, ms=SLOW_MS)
        amo.faults.add("refresh", "reset", count=None, share=0.1, when="after")
        amo.faults.add("leads", "slow", count=None, share=0.05, ms=SLOW_MS)
        amo.faults.add("leads", "problem", count=None, share=0.05, name="too_many_requests")
        amo.faults.add("leads", "text_429", count=None, share=0.02)
        amo.faults.add("leads", "reset", count=None, share=0.03, when="middle")
    if shape in ("steady", "soak", "herd"):
        amo.faults.add("token", "slow", count=None, share=SHOWN_SLOW, ms=SLOW_MS // 5)
    if shape in ("steady", "soak", "trouble"):
        share = 2 * SOON_OVER if shape == "trouble" else SOON_OVER
        amo.faults.add("token", "expires_in", count=None, share=share, seconds=EXPIRES_IN_S)
