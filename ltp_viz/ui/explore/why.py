"""Explore's Why panel: the current text under the current scales and forced tokens."""

import streamlit as st

from ltp_viz.core.forced import ForcedRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.ui.explore.session import ExploredText
from ltp_viz.ui.explore.settings import Settings
from ltp_viz.ui.shell.jobs import watch
from ltp_viz.ui.why import panel
from ltp_viz.ui.why.job import Question

_PLACE = "explore"  # key of this panel's job


def show(explored: ExploredText, settings: Settings) -> None:
    """Draw the panel, within Explore's fragment."""
    classifier = explored.analysed.classifier
    scale, layer_scales, forced = settings.run
    thresholds = classifier.model.effective_thresholds(scale, layer_scales)
    question = Question(classifier, explored.analysed.source, ForcedRule(ThresholdRule(thresholds), forced))
    st.markdown("#### Why this answer?")
    panel.show(question, _PLACE)


def watch_job() -> None:
    """Draw the progress of the explanation, below the fragment."""
    watch(_PLACE, "Explaining")
