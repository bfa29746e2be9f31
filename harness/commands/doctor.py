"""`amo-harness doctor`: what this machine lacks for a run, and what to do about it."""

import argparse

from harness.exit_codes import ExitCode
from harness.machine.look import Seen, State, looks
from harness.report.words.visible import shown

NAME_WIDTH = 10
SIGNS: dict[State, str] = {"ok": "✓", "note": "!", "wrong": "✗"}


def doctor_command(_options: argparse.Namespace) -> int:
    """Print each look and its remedy; 0 where a run can be played here, else 3, as a run would end."""
    seen: list[Seen] = []
    for each in looks():
        seen.append(each)
        print(shown(f"{SIGNS[each.state]} {each.what:<{NAME_WIDTH}} {each.told}"), flush=True)
        if each.remedy:
            print(f"  {'':<{NAME_WIDTH}} → {each.remedy}", flush=True)
    wrong = [each.what for each in seen if each.state == "wrong"]
    print(f"no run can be played here: {', '.join(wrong)}" if wrong else "a run can be played here")
    return ExitCode.HARNESS if wrong else ExitCode.PASSED
