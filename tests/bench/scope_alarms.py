"""How often the note on texts far from what a model learned appears where it should not.

`python -m tests.bench.scope_alarms FILE [--rows N]` counts it over the texts of a Parquet file of English
reviews, with the default model's tokenizer.
"""

import argparse
from pathlib import Path

import pandas as pd

import ltp_viz
from ltp_viz.data.tables.tasks import USUAL_TEXT_COLUMNS
from ltp_viz.resources import DEFAULT_MODEL
from ltp_viz.ui.inputs.scope import scope_note


def main() -> None:
    """Print the number of notes, and each with its text."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, help="only the first so many")
    options = parser.parse_args()
    model = ltp_viz.load_model(DEFAULT_MODEL)
    table = pd.read_parquet(options.file)
    column = next(name for names in USUAL_TEXT_COLUMNS for name in names if name in table)
    texts = table[column][: options.rows].tolist()
    unknown = model.tokenizer.unk_token
    notes = [(scope_note(model.tokenize(text), unknown, learned_english=True), text) for text in texts]
    wrong = [(note, text) for note, text in notes if note is not None]
    print(f"{len(wrong)} of {len(texts):,} texts")
    for note, text in wrong:
        print(f"- {text[:80]}: {note}")


if __name__ == "__main__":
    main()
