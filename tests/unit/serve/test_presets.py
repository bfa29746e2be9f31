"""Journeys that are set up beforehand: each is a scenario's part, and asks for buttons that there are."""

import re

import pytest

from harness.serve.faults.menu import ACTIONS
from harness.serve.faults.presets import PRESETS, Preset
from harness.stage.scenario import choose

LABELS = {each.label for each in ACTIONS.values()}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_a_scenarios_and_its_buttons_exist(preset: Preset) -> None:
    """What a person is asked to press on the dashboard too."""
    assert [each.id for each in choose([preset.plan.id])] == [preset.plan.id]
    assert set(preset.pressed) <= set(ACTIONS)
    assert preset.plan.said
    asked = [name for line in preset.plan.said for name in re.findall(r"dashboard press “(.+?)”", line)]
    assert set(asked) <= LABELS
