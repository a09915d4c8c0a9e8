"""A trace as HTML that a notebook shows by itself: no script, no style sheet."""

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ltp_viz.core.trace import Trace

_MOST_TOKENS = 400


def trace_html(trace: "Trace") -> str:
    """The answer and the text: the longer a token survives the darker; struck through once it is dropped."""
    layers, shown = trace.num_layers, min(len(trace.tokens), _MOST_TOKENS)
    spelled = []
    for position in range(shown):
        depth = int(trace.survival_depth[position])
        opacity = 0.3 + 0.7 * depth / layers
        strike = "" if depth == layers else ";text-decoration:line-through"
        spelled.append(
            f'<span title="survives {depth} of {layers} layers" style="opacity:{opacity:.2f}{strike}">'
            f"{html.escape(trace.tokens[position])}</span>"
        )
    more = f" … {len(trace.tokens) - shown} more" if shown < len(trace.tokens) else ""
    answer = html.escape(trace.label)
    if not trace.is_regression and trace.predicted_labels:
        answer += f" {trace.probabilities[trace.logits.argmax()]:.1%}"
    return (
        f"<div><p><b>{answer}</b> · {trace.macs / trace.dense_macs:.0%} of the FLOPs · "
        f"{int(trace.keep[-1].sum())} of {len(trace.tokens)} tokens after layer {layers}</p>"
        f"<p>{' '.join(spelled)}{more}</p></div>"
    )
