"""One column: what the rule answers, what it costs, and what it leaves of the text."""

import streamlit as st

from ltp_viz.analysis.compare.families import family
from ltp_viz.analysis.compare.side_by_side import margin
from ltp_viz.core.flops import FLOPS_PER_MAC
from ltp_viz.ui.compare.runs import ColumnRun
from ltp_viz.ui.compare.words import text_html
from ltp_viz.ui.shell.markdown import escaped


def card(run: ColumnRun, rule: str, layer: int, other: list[int]) -> None:
    """Answer, cost, setting and the text after a layer, 0 to L - 1; `other` are positions that fare otherwise
    there than in the first column."""
    trace = run.trace
    _answer(run)
    mflops = FLOPS_PER_MAC * trace.macs / 1e6
    st.markdown(
        f"**{run.cost.share:.1%}** of dense FLOPs, {mflops:,.0f} MFLOPs · "
        f"**{int(trace.keep[-1].sum())}** of {len(trace.tokens)} tokens left"
    )
    if not run.cost.is_equal:
        if run.cost.wanted_share > 1:
            reason = "even with nothing dropped this text costs less"
        elif run.cost.is_least:
            reason = "the rule cannot cost less on this text"
        else:
            reason = "this is as near as the rule comes on this text, as it removes whole tokens"
        st.caption(f"⚠ {run.cost.wanted_share:.1%} was wanted; {reason}.")
    st.html(text_html(trace, min(layer, trace.num_layers - 1), other))
    st.caption(f"{escaped(run.setting)}. {family(rule).summary} Source: {family(rule).source}.")


def _answer(run: ColumnRun) -> None:
    trace, dense = run.trace, run.dense
    if trace.is_regression:
        st.markdown(f"##### {escaped(trace.label)}")
        st.caption(f"{escaped(dense.label)} with nothing dropped")
        return
    probability = trace.probabilities.max()
    st.markdown(f"##### {escaped(trace.label)} · {probability:.1%}")
    before = f"{escaped(dense.label)} · {dense.probabilities.max():.1%} with nothing dropped"
    sure = f"margin {margin(trace):.3f}"
    if trace.label != dense.label:
        st.markdown(f":red[⚠ The rule changed the answer: {before}.]")
        st.caption(sure)
    else:
        st.caption(f"{sure}; {before}")
