"""One column: the rule's answer, its cost, and the text that it keeps."""

import streamlit as st

from ltp_viz.analysis.compare.alignment import margin
from ltp_viz.analysis.compare.families import family
from ltp_viz.core.answers import answer_with_share
from ltp_viz.core.flops import FLOPS_PER_MAC
from ltp_viz.ui.compare.runs import ColumnRun
from ltp_viz.ui.compare.words import text_html
from ltp_viz.ui.shell.markdown import escaped


def card(run: ColumnRun, rule: str, layer: int, other: list[int]) -> None:
    """Draw answer, cost, setting and the text after a layer, 0 to L - 1; `other` are the positions whose fate
    there differs from the first column."""
    trace = run.trace
    _answer(run)
    mflops = FLOPS_PER_MAC * trace.macs / 1e6
    st.markdown(
        f"**{run.cost.share:.1%}** of the unpruned FLOPs, {mflops:,.0f} MFLOPs · "
        f"**{int(trace.keep[-1].sum())}** of {len(trace.tokens)} tokens left"
    )
    if not run.cost.is_equal:
        wanted = f"{run.cost.target_share:.1%}"
        if run.cost.target_share > 1:
            reason = f"target {wanted}: this text costs less even without pruning"
        elif run.cost.is_least:
            reason = f"target {wanted}: the least that this rule can cost on this text"
        else:
            reason = f"closest to {wanted}: tokens are removed whole"
        st.caption(f"⚠ {run.cost.share:.1%} ({reason})")
    st.html(text_html(trace, min(layer, trace.num_layers - 1), other))
    summary = family(rule).summary
    if rule == "learned" and not run.dense.thresholds_learned:
        summary = "This model has learned no thresholds: these rise linearly from layer to layer."
    st.caption(f"{escaped(run.setting)}. {summary} Source: {family(rule).source}.")


def _answer(run: ColumnRun) -> None:
    trace, dense = run.trace, run.dense
    if trace.is_regression:
        st.markdown(f"##### {escaped(trace.label)}")
        st.caption(f"{escaped(dense.label)} without pruning")
        return
    words, dense_words = (answer_with_share(t.logits, t.labels, t.answer_kind) for t in (trace, dense))
    st.markdown(f"##### {escaped(words)}")
    before = f"{escaped(dense_words)} without pruning"
    lead = f"margin {margin(trace):.3f}"
    if trace.label != dense.label:
        st.markdown(f":red[⚠ The rule flips the answer: {before}.]")
        st.caption(lead)
    else:
        st.caption(f"{lead}; {before}")
