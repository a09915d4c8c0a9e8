"""The run of each column, cached for the session by text, model, rule and cost."""

import json
from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ltp_viz.analysis.compare.basis import RuleBasis, gather_basis
from ltp_viz.analysis.compare.equal_cost import EqualCost, equal_cost_on_text
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.trace import Trace
from ltp_viz.data.classifier import AnalysedText, TextClassifier
from ltp_viz.resources import EXAMPLES
from ltp_viz.ui.shell.cache import session_cache

_CACHE, _MAX_CACHED = "compare_runs", 24  # texts and runs
_BASIS_TEXTS = 64  # of the bundled examples, chosen evenly


@dataclass(frozen=True)
class ColumnRun:
    """One column's run, the same text unpruned, and how close its cost is to the target."""

    trace: Trace
    dense: Trace
    cost: EqualCost
    setting: str  # as the rule's own setting


def column_run(
    classifier: TextClassifier, rule: str, text: str, text_pair: str | None, share: float
) -> ColumnRun:
    """Run a rule on a text at a share of its unpruned FLOPs, or as close as it gets."""

    def run() -> ColumnRun:
        analysed = _analysed(classifier, text, text_pair)
        basis = rule_basis(classifier)
        each = family(rule)
        cost = equal_cost_on_text(analysed, each, basis, share)
        trace = analysed.trace(rule=each.at(cost.strength, basis))
        dense = analysed.trace(global_scale=0.0)
        return ColumnRun(trace, dense, cost, each.setting(cost.strength, basis))

    key = ("run", classifier, rule, text, text_pair, round(share, 6))
    return session_cache(_CACHE, _MAX_CACHED).get(key, run)


def _analysed(classifier: TextClassifier, text: str, text_pair: str | None) -> AnalysedText:
    key = ("text", classifier, text, text_pair)
    return session_cache(_CACHE, _MAX_CACHED).get(key, lambda: classifier.start(text, text_pair))


@st.cache_resource(max_entries=8, show_spinner="Calibrating the rules for this model …")
def _gathered(_classifier: TextClassifier, identity: Hashable) -> RuleBasis:
    if _classifier.reads_pairs:
        pairs = json.loads((EXAMPLES / "pairs.json").read_text())
        return gather_basis(
            _classifier, [pair["text"] for pair in pairs], [pair["text_pair"] for pair in pairs]
        )
    texts = list(pd.read_csv(EXAMPLES / "labelled.csv").text)
    return gather_basis(_classifier, texts[:: max(1, len(texts) // _BASIS_TEXTS)])


def rule_basis(classifier: TextClassifier) -> RuleBasis:
    """The statistics that rules need, measured on the bundled examples."""
    # A model with renamed labels is another object with the same weights; the head's weights identify it.
    weights = float(classifier.model.head.output.weight.detach().double().square().sum())
    return _gathered(classifier, (tuple(classifier.config.thresholds), weights))
