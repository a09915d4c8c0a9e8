"""The run behind each column, kept for the session while neither text, model, rule nor cost change."""

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
import streamlit as st

from ltp_viz.analysis.compare.basis import RuleBasis, gather_basis
from ltp_viz.analysis.compare.equal_cost import EqualCost, equal_cost_on_text
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import AnalysedText, TextClassifier
from ltp_viz.resources import EXAMPLES

_KEPT_KEY = "compare_kept"
_MOST_KEPT = 24
_BASIS_TEXTS = 64  # of the bundled examples, evenly
_Kept = TypeVar("_Kept")


@dataclass(frozen=True)
class ColumnRun:
    """One column's run, the same text with nothing dropped, and how near its cost is to what was wanted."""

    trace: Trace
    dense: Trace
    cost: EqualCost
    setting: str  # in the rule's own words


def column_run(
    classifier: TextClassifier, rule: str, text: str, text_pair: str | None, share: float
) -> ColumnRun:
    """Run a rule on a text at a share of its dense FLOPs, or as near as it comes."""

    def run() -> ColumnRun:
        analysed = _analysed(classifier, text, text_pair)
        basis = rule_basis(classifier)
        each = family(rule)
        cost = equal_cost_on_text(analysed, each, basis, share)
        trace = analysed.trace(rule=each.at(cost.strength, basis))
        dense = analysed.trace(global_scale=0.0)
        return ColumnRun(trace, dense, cost, each.setting(cost.strength, basis))

    return _kept(("run", classifier, rule, text, text_pair, round(share, 6)), run)


def _analysed(classifier: TextClassifier, text: str, text_pair: str | None) -> AnalysedText:
    return _kept(("text", classifier, text, text_pair), lambda: classifier.start(text, text_pair))


@st.cache_resource(max_entries=8, show_spinner="Measuring what rules need to know of the model …")
def _gathered(_classifier: TextClassifier, identity: Hashable) -> RuleBasis:
    if _classifier.config.reads_pairs:
        pairs = json.loads((EXAMPLES / "pairs.json").read_text())
        return gather_basis(
            _classifier, [pair["text"] for pair in pairs], [pair["text_pair"] for pair in pairs]
        )
    texts = list(pd.read_csv(EXAMPLES / "labelled.csv").text)
    return gather_basis(_classifier, texts[:: max(1, len(texts) // _BASIS_TEXTS)])


def rule_basis(classifier: TextClassifier) -> RuleBasis:
    """What rules need to know of the model, measured on the bundled examples."""
    # A model under other label names is another object with the same weights: the head's tell models apart.
    weights = float(classifier.model.head.output.weight.detach().double().square().sum())
    return _gathered(classifier, (tuple(classifier.config.thresholds), weights))


def _kept(key: Hashable, make: Callable[[], _Kept]) -> _Kept:
    kept = st.session_state.setdefault(_KEPT_KEY, {})
    if key not in kept:
        while len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = make()
    else:
        kept[key] = kept.pop(key)  # the oldest go first
    found: _Kept = kept[key]
    return found
