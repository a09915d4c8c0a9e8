"""The Benchmark page: measured time of dense, packed and pruned forwards, beside their FLOPs."""

import streamlit as st

from ltp_viz.core.attention import native
from ltp_viz.ui.benchmark import export, results, run
from ltp_viz.ui.benchmark.form import chosen_plan
from ltp_viz.ui.inputs.models import chosen_model, model_location
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.markdown import escaped


def show() -> None:
    """Draw everything below the title."""
    st.caption(
        "The same texts run through Hugging Face's own model (dense), this engine without pruning (packed) "
        "and with pruning (pruned), in turn, round by round."
    )
    if access().is_public:
        st.info(
            "Benchmarks are off on shared servers, where other users' load would distort the timings. "
            "Start the app, or `ltp-viz bench`, on your own machine."
        )
    else:
        _run_and_results()


def _run_and_results() -> None:
    """Draw the form, the progress and the results."""
    if native.load_kernel() is None:
        st.warning(escaped(f"Attention runs on {native.status()}. Times are longer than with the kernel."))
    state = run.chosen_run()
    if (classifier := chosen_model()) and (plan := chosen_plan(classifier.config, model_location())):
        run.start_form(plan, classifier.config)
    if state is not None:
        st.divider()
        run.status_bar(state)
        if state.record is not None:
            results.show(state.record)
            export.show(state)
    run.earlier_runs()
