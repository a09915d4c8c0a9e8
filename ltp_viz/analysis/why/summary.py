"""Figures of attribution and survival over many texts: correlations, convergence, words dropped early."""

import statistics
from typing import Any

from ltp_viz.analysis.why.agreement_over_rows import TextAgreement, deltas, most_often_early, summary
from ltp_viz.analysis.why.explanation import PREDICTIONS, Method

SHOWN_WORDS = 12


def figures(records: list[TextAgreement], method: Method, scale: float) -> dict[str, Any]:
    """Everything that the command reports, as plain values for JSON."""
    found: dict[str, Any] = {
        "method": method,
        "scale": scale,
        "texts": len(records),
        "predictions": {},
        "seconds_by_length": times_by_length(records),
    }
    for side in PREDICTIONS:
        whole, delta = summary(records, side), deltas(records, side)
        found["predictions"][side] = {
            "correlation": vars(whole.mean),
            "texts_with_a_correlation": whole.defined,
            "by_outcome": [
                {"outcome": name, "texts": texts, "correlation": vars(mean)}
                for name, texts, mean in whole.by_outcome
            ],
            "convergence_delta": None if delta is None else vars(delta),
            "often_early": most_often_early(records, side)[:SHOWN_WORDS],
        }
    return found


def times_by_length(records: list[TextAgreement]) -> list[dict[str, Any]]:
    """Median seconds per text, for each quarter of the texts by length in tokens."""
    ordered = sorted(records, key=lambda record: record.tokens)
    size = -(-len(ordered) // 4)
    found = []
    for first in range(0, len(ordered), size):
        part = ordered[first : first + size]
        found.append(
            {
                "shortest": part[0].tokens,
                "longest": part[-1].tokens,
                "texts": len(part),
                "median": statistics.median(record.elapsed_s for record in part),
            }
        )
    return found
