"""`python -m backend_under_test.mutations.faults ID`: the backend as a process, with one thing wrong.

Owns the choice alone; environment, output and exit codes are those of `python -m backend_under_test`.
"""

import sys

from backend_under_test.__main__ import main
from backend_under_test.mutations.faults import FAULTS
from backend_under_test.parts import Parts

if __name__ == "__main__":
    name = " ".join(sys.argv[1:])
    if name not in FAULTS:
        sys.stderr.write(
            f"backend_under_test.mutations.faults: no fault {name!r}: give one of {', '.join(FAULTS)}.\n"
        )
        sys.exit(2)
    sys.exit(main(FAULTS[name].apply(Parts())))
