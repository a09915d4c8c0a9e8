"""The Dataset lab: a labelled file through the dense and the pruned model, and where their answers differ."""

from pathlib import Path

import streamlit as st

from ltp_viz.analysis.dataset.results.filters import EVERYTHING
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.data.errors import InputError
from ltp_viz.ui.dataset import cost, export, fate, filters, overview, rows, run, why
from ltp_viz.ui.dataset.cached_results import cached, open_results
from ltp_viz.ui.inputs.models import chosen_model, model_location
from ltp_viz.ui.inputs.roles import choose_roles
from ltp_viz.ui.inputs.source import choose_source
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.markdown import escaped

_VIEWS = {
    "Overview": overview.show,
    "Flips": rows.show_flips,
    "Rows": rows.show_rows,
    "Token fate": fate.show,
    "Cost and length": cost.show,
    "Why": why.show,
    "Export": export.show,
}


def show() -> None:
    """Draw everything below the title."""
    if folder := run.chosen_run():
        _show_run(folder)
    else:
        _choose()


def _choose() -> None:
    """Draw the choice of data, columns and labels, and start a run."""
    if classifier := chosen_model():
        if classifier.config.answer_kind == "numbers":
            st.info("This model predicts a number; the lab compares classes. Choose a classifier.")
        elif (table := choose_source(classifier)) and (roles := choose_roles(table, classifier)):
            run.start_form(table, roles, classifier, model_location())
    if not access().is_public:
        run.earlier_runs()


def _show_run(folder: Path) -> None:
    """Draw the stored results of a run for the filter and the strength."""
    results = open_results(folder)
    run.run_bar(folder, results.spec)
    if not cached(results.count, EVERYTHING, 0):
        first = min(results.spec.rows, results.spec.block_rows)
        st.info(f"Loading the model, about 10 s. First figures after {first:,} rows.")
        return
    scale = filters.chosen_scale(results)
    try:
        _show_view(results, scale)
    except InputError as error:  # an invalid pattern, a range that ends before it begins, a missing model
        st.error(escaped(str(error)))


def _show_view(results: RunResults, scale: int) -> None:
    """Draw the filtered rows in one of the views."""
    where = filters.chosen_filter(results)
    count = cached(results.count, where, scale)
    filters.summary(results, where, count)
    if count:
        overview.headline(results, where, scale)
        _VIEWS[filters.chosen_view(list(_VIEWS))](results, where, scale)
    else:
        st.info("No rows match the filter.")
