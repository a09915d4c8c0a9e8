"""Execute docs/plots.ipynb and store its outputs: `python -m tests.plots_notebook`.

The error stream of the libraries is dropped: it holds progress bars and paths of this machine.
"""

import os

import nbformat
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOK = ROOT / "docs/plots.ipynb"


def main() -> None:
    """Replace the outputs with those of a run from the first cell to the last."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    client = NotebookClient(
        notebook, timeout=120, record_timing=False, resources={"metadata": {"path": ROOT}}
    )
    client.execute(env=environment)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
