"""`python -m harness` is `amo-harness`."""

import sys

from amo_harness.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
