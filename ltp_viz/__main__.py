"""`python -m ltp_viz`, and with several processes `torchrun -m ltp_viz`: the command line."""

import sys

from ltp_viz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
