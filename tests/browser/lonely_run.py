"""A run of the harness's engine alone, to be killed by a test: prints one line when its page is shown."""

import sys
from typing import cast

from harness.config.engine_names import EngineName
from harness.engines import open_engine

with open_engine(cast("EngineName", sys.argv[1])) as engine:
    tab = engine.open_tab()
    tab.goto(sys.argv[2])
    sys.stdout.write("shown\n")
    sys.stdout.flush()
    sys.stdin.read()
