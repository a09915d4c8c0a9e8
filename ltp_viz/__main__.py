"""The command line as `python -m ltp_viz`, or with several processes `torchrun -m ltp_viz`."""

import sys

from ltp_viz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
