"""Attention as votes, and scores: column sums divided by a constant (Kim et al. 2022, equation 3)."""

import numpy as np
from numpy.typing import NDArray

from ltp_viz.analysis.words import token_labels
from ltp_viz.core.trace import TokenizedText
from ltp_viz.figures.learn.picture import Frame, Node, Picture, node, percent


def votes_picture(source: TokenizedText, attention: NDArray[np.float32], layer: int) -> Picture:
    """The attention that each reader gives to each token: (n, n) of a layer, 0 to L - 1; rows are readers."""
    labels = token_labels(source)
    longest = float(attention.max())
    readers = [
        node("button", text=label, classes="tour-chip", go=position, type="button")
        for position, label in enumerate(labels)
    ]
    rows = [
        node(
            "div",
            node("span", text=label, classes="tour-label"),
            node("span", node("i", name=f"b{position}"), classes="tour-bar"),
            node("span", name=f"v{position}", classes="tour-number"),
            classes="tour-row",
            name=f"r{position}",
        )
        for position, label in enumerate(labels)
    ]
    root = node(
        "div",
        node("p", text="Pick a reader", classes="tour-ask tour-ask-only"),
        node("div", *readers, classes="tour-chips", role="radiogroup", aria_label="Reader"),
        node("p", name="say", classes="tour-say"),
        node("div", *rows, classes="tour-rows"),
    )
    frames = []
    for reader, label in enumerate(labels):
        given = attention[reader]
        most = int(given.argmax())
        frames.append(
            Frame(
                value=label,
                texts={
                    "say": f"In layer {layer + 1}, “{label}” gives most to “{labels[most]}”: "
                    f"{percent(float(given[most]), 1)} of its vote. Sum of all shares: "
                    f"{percent(float(given.sum()))}.",
                    **{f"v{position}": percent(float(share), 1) for position, share in enumerate(given)},
                },
                styles={
                    f"b{position}": {"width": percent(float(share) / longest, 1)}
                    for position, share in enumerate(given)
                },
                marks={"is-self": [f"r{reader}"]},
            )
        )
    start = min(len(labels) - 1, 2)
    return Picture(root, tuple(frames), "choice", "Reader", start)


def column_picture(
    source: TokenizedText,
    attention: NDArray[np.float32],
    scores: NDArray[np.float32],
    divisor: int,
    head: int | None,
) -> Picture:
    """The sum of a column of attention (n, n), rows are readers, divided by `divisor`; a frame per column.

    `attention` is of one head, 0 to H - 1, or with `head` None the mean over all; `scores` (n,) are those of
    the layer.
    """
    labels = token_labels(source)
    columns = attention.astype(np.float64)
    sums = columns.sum(0)
    # Without the first token, which is never dropped and receives so much that others would look equal.
    highest = float(sums[1:].max()) if len(sums) > 1 else float(sums.max())
    root = node(
        "div",
        _matrix(labels, columns, sums, highest),
        node(
            "div",
            node("p", name="say", classes="tour-say"),
            node(
                "div",
                *(
                    node("i", name=f"p{row}", classes="tour-part", title=f"from “{label}”")
                    for row, label in enumerate(labels)
                ),
                classes="tour-stack",
                aria_hidden="true",
            ),
            node("p", name="sum", classes="tour-sum"),
            node("p", name="score", classes="tour-sum"),
        ),
    )
    frames = tuple(
        _column_frame(
            labels, columns, float(sums[column]), highest, float(scores[column]), divisor, head, column
        )
        for column in range(len(labels))
    )
    # Chosen by score, so that the column does not change with the head.
    start = int(np.argmax(np.where(np.arange(len(labels)) > 0, scores, 0)))
    return Picture(root, frames, "choice", "Column", start)


def _matrix(
    labels: tuple[str, ...], columns: NDArray[np.float64], sums: NDArray[np.float64], highest: float
) -> Node:
    heads = [
        node(
            "button",
            text=label,
            classes="tour-head",
            go=column,
            type="button",
            style=f"grid-column:{column + 2}",
        )
        for column, label in enumerate(labels)
    ]
    strongest = float(columns.max())
    cells = []
    for row, label in enumerate(labels):
        cells.append(node("span", text=label, classes="tour-reader", style=f"grid-row:{row + 2}"))
        for column, weight in enumerate(columns[row]):
            # The square root: otherwise a few strong votes would leave the rest of the matrix blank.
            shade = percent(float(np.sqrt(weight / strongest)))
            place = f"grid-area:{row + 2}/{column + 2};--a:{shade}"
            cells.append(node("i", classes="tour-cell", style=place, go=column))
    feet = [
        node(
            "i",
            node("b", style=f"height:{percent(min(1.0, float(total) / highest), 1)}"),
            classes="tour-foot",
            style=f"grid-area:{len(labels) + 2}/{column + 2}",
            go=column,
        )
        for column, total in enumerate(sums)
    ]
    foot = node("span", text="score", classes="tour-reader", style=f"grid-row:{len(labels) + 2}")
    box = node("i", name="box", classes="tour-box")
    grid = node(
        "div",
        node("span", text="reader", classes="tour-reader tour-corner"),
        node("div", *heads, classes="tour-heads", role="radiogroup", aria_label="Column"),
        *cells,
        foot,
        *feet,
        box,
        classes="tour-matrix",
        style=f"--n:{len(labels)}",
    )
    return node(
        "div", grid, classes="tour-scroll", role="region", aria_label="Attention matrix", tabindex="0"
    )


def _column_frame(
    labels: tuple[str, ...],
    columns: NDArray[np.float64],
    total: float,
    highest: float,
    score: float,
    divisor: int,
    head: int | None,
    column: int,
) -> Frame:
    parts = columns[:, column]
    order = np.argsort(-parts, kind="stable")[:3]
    terms = " + ".join(f"{parts[row]:.3f} ({labels[row]})" for row in order)
    rest = f" + {len(parts) - len(order)} more" if len(parts) > len(order) else ""
    whole = max(total, highest)
    if head is None:
        result = f"÷ {divisor} = score {score:.5f}"
    else:
        result = (
            f"÷ {divisor} = {total / divisor:.5f} from head {head + 1} alone; mean of all heads: {score:.5f}"
        )
    return Frame(
        value=labels[column],
        texts={
            "say": f"“{labels[column]}” receives {terms}{rest}.",
            "sum": f"Column sum: {total:.4f} votes",
            "score": result,
        },
        styles={
            "box": {"grid-area": f"1 / {column + 2} / {len(labels) + 3} / {column + 3}"},
            **{f"p{row}": {"width": percent(float(part) / whole, 2)} for row, part in enumerate(parts)},
        },
    )
