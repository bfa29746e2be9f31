"""Which of a tab's own loads led to a page, and which took it away."""

import pytest

from harness.stage.page.alone import loads_until

CONSENT, CALLBACK, NEXT = "http://amo/oauth", "http://x/callback", "http://x/next"


@pytest.mark.parametrize(
    ("loads", "told", "has_button", "led"),
    [
        pytest.param([CONSENT, CALLBACK], 0, True, 2, id="both led to it"),
        pytest.param([CONSENT, CALLBACK, NEXT], 0, True, 2, id="it went on before it was looked at"),
        pytest.param([CALLBACK, NEXT], 0, False, 2, id="it had no button from the start"),
        pytest.param([CALLBACK, NEXT], 2, True, 2, id="the harness opened it"),
        pytest.param([], 0, True, 0, id="none"),
    ],
)
def test_a_page_is_led_to_by_what_came_before_it(
    loads: list[str], told: int, has_button: bool, led: int
) -> None:
    """What comes after its own address takes it away, also where nobody had looked yet."""
    assert loads_until(loads, told, CALLBACK, has_button=has_button) == led
