"""An explanation as files: a table for spreadsheets, and JSON."""

import csv
import io
from typing import Any

from ltp_viz.analysis.exports import defused
from ltp_viz.analysis.why.explanation import PREDICTIONS, Explanation


def explanation_record(explanation: Explanation) -> dict[str, Any]:
    """Plain values for JSON: the answer, each word, and how the numbers were computed."""
    record: dict[str, Any] = {
        "text": explanation.source.text,
        "text_pair": explanation.source.text_pair,
        "explained": explanation.target_name,
        "words_hidden_by": explanation.hidden_by,
        "layers": explanation.num_layers,
        "predictions": {},
        "words": word_rows(explanation),
    }
    for name in PREDICTIONS:
        found = explanation.of(name)
        record["predictions"][name] = {"logits": [float(value) for value in found.logits]}
        if (path := found.path) is not None:
            record["predictions"][name]["integrated_gradients"] = {
                "logit": path.whole,
                "logit_all_hidden": path.hidden,
                "difference": path.difference,
                "convergence_delta": path.delta,
                "steps": path.steps,
            }
    return record


def word_rows(explanation: Explanation) -> list[dict[str, Any]]:
    """One row per word: index from 1, word, text (1 or 2), layers survived and each attribution."""
    columns = {
        f"{method}_{prediction}": explanation.values(method, prediction)
        for method in explanation.methods
        for prediction in PREDICTIONS
    }
    return [
        {
            "number": index + 1,
            "word": word.text,
            "text": word.segment + 1,
            "layers_survived": int(explanation.depths[index]),
            **{name: float(values[index]) for name, values in columns.items()},
        }
        for index, word in enumerate(explanation.words)
    ]


def explanation_csv(explanation: Explanation) -> str:
    """One row per word; cells that a spreadsheet would run as a formula begin with an apostrophe."""
    rows = word_rows(explanation)
    file = io.StringIO()
    table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({**row, "word": defused(row["word"])} for row in rows)
    return file.getvalue()
