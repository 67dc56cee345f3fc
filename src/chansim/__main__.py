"""``python -m chansim``: the command line of :mod:`chansim.cli`."""

import sys

from chansim.cli import main

if __name__ == "__main__":
    sys.exit(main())
