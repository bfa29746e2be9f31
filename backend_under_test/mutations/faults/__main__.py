"""`python -m backend_under_test.mutations.faults ID`: the backend as a process, with one thing wrong.

Owns the choice alone; environment, output and exit codes are those of `python -m backend_under_test`.
"""

import sys

from backend_under_test.__main__ import main
from backend_under_test.mutations.faults import FAULTS
from backend_under_test.mutations.races import RACES
from backend_under_test.parts import Parts

if __name__ == "__main__":
    name, known = " ".join(sys.argv[1:]), FAULTS | RACES
    if name not in known:
        sys.stderr.write(
            f"backend_under_test.mutations.faults: no fault {name!r}: give one of {', '.join(known)}.\n"
        )
        sys.exit(2)
    sys.exit(main(known[name].apply(Parts())))
