"""The names of the engines, as the command line, the pytest plugin and the documents spell them.

Owns the names alone: which of them works here is `harness.engines`' to find out. Imported in every pytest
run of whoever installed the harness, so it must import nothing of ours.
"""

from typing import Literal, get_args

EngineName = Literal["auto", "webkitgtk", "webkit", "remote", "chromium"]
"""`auto` is no engine but a choice: `remote` where an inspector is given, else the first that works."""

LaunchedName = Literal["webkit", "chromium"]
"""Those that Playwright launches itself."""

ENGINE_NAMES: tuple[EngineName, ...] = get_args(EngineName)
LAUNCHED: tuple[LaunchedName, ...] = get_args(LaunchedName)
