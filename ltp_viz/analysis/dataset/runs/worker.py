"""The process of a background run: `python -m ltp_viz.analysis.dataset.runs.worker FOLDER`."""

import sys

from transformers.utils.logging import disable_progress_bar

from ltp_viz.analysis.dataset.runs.foreground import run_in_foreground
from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.data.errors import InputError


def main(folder: str) -> int:
    """Perform the run; the output goes to its log."""
    disable_progress_bar()  # progress bars of loading weights would fill the log
    store = RunStore(folder)
    try:
        state = run_in_foreground(store)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Results: {store.path(RESULTS)}" if state.status == "done" else state.message)
    return 0 if state.status == "done" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
