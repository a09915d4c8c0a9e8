"""Texts and tokens of several runs as HTML: texts shaded by the fate of each word, tokens aligned.

All content from texts is escaped.
"""

from collections.abc import Sequence
from html import escape

from ltp_viz.analysis.compare.alignment import TokenPair
from ltp_viz.analysis.words import text_pieces, token_labels
from ltp_viz.core.trace import Trace
from ltp_viz.figures.theme import BLUE, ORANGE
from ltp_viz.resources import ASSETS

STYLE = (ASSETS / "compare/compare.css").read_text()


def legend(first: int) -> str:
    """The legend of shades and lines; `first` is the number of the column that others are compared with."""
    return (
        '<p class="cmp-legend"><span>After the chosen layer:</span>'
        f'<b style="background:color-mix(in srgb,{BLUE} 42%,transparent)">kept, the bluer the longer</b>'
        '<s style="opacity:.7">dropped</s>'
        '<span style="text-decoration:underline dotted">carried by another token</span>'
        f'<b style="outline:1.5px solid {ORANGE}">differs from column {first}</b></p>'
    )


def fate(trace: Trace, position: int) -> tuple[int, int | None]:
    """Layers that a token survives without being merged, and the token that carries it at the end, if any."""
    carrier = int(trace.carriers[-1, position])
    return int(trace.survival_depth[position]), None if carrier < 0 else carrier


def text_html(trace: Trace, layer: int, other: Sequence[int]) -> str:
    """The text in its own spelling after a layer, 0 to L - 1: dropped words are struck through, others shaded
    by the layers they survive; words with a token in `other` are marked."""
    marked = set(other)
    parts = []
    for segment in (0, 1) if trace.text_pair is not None else (0,):
        words = []
        for piece in text_pieces(trace.source, segment):
            shown, is_other = escape(piece.text), bool(marked.intersection(piece.positions))
            words.append(_word(trace, layer, shown, piece.positions, is_other) if piece.positions else shown)
        parts.append(f'<div class="cmp-text" dir="auto">{"".join(words)}</div>')
    return "".join(parts)


def _word(trace: Trace, layer: int, shown: str, positions: Sequence[int], is_other: bool) -> str:
    # A word is kept while any of its tokens is.
    position = max(positions, key=lambda each: fate(trace, each)[0])
    depth, _ = fate(trace, position)
    is_carried = any(trace.carriers[layer, each] >= 0 for each in positions)
    kind = "" if depth > layer else "into" if is_carried else "gone"
    classes = " ".join(filter(None, (kind, "other" if is_other else "")))
    share = depth / trace.num_layers
    title = escape(fate_words(trace, position), quote=True)
    return f'<span class="{classes}" style="--d:{share:.2f}" title="{title}">{shown}</span>'


def fate_words(trace: Trace, position: int) -> str:
    """The fate of a token, in words."""
    depth, carrier = fate(trace, position)
    if depth == trace.num_layers:
        carried = len(trace.sources(trace.num_layers - 1, position)) - 1
        others = f", and carries {carried} more" if carried else ""
        return f"survives all {depth} layers{others}"
    if carrier is None:
        was_carried = trace.carriers[depth, position] >= 0
        return (
            f"merged in layer {depth + 1}, dropped later" if was_carried else f"dropped in layer {depth + 1}"
        )
    return f"merged in layer {depth + 1}; at the end “{token_labels(trace.source)[carrier]}” carries it"


def is_alive(trace: Trace, layer: int, position: int) -> bool:
    """Whether a token itself is kept after a layer, or after the last one of a shallower model."""
    return bool(trace.keep[min(layer, trace.num_layers - 1), position])


def other_fates(trace: Trace, first: Trace, pairs: Sequence[TokenPair], layer: int) -> list[int]:
    """Positions in `trace` whose token is kept after a layer while its counterpart in `first` is not, or the
    reverse, or that have no counterpart. `pairs` align `first` with `trace`."""
    return [
        mine
        for theirs, mine in pairs
        if mine is not None
        and (theirs is None or is_alive(trace, layer, mine) != is_alive(first, layer, theirs))
    ]


def token_table(
    traces: Sequence[Trace],
    titles: Sequence[str],
    numbers: Sequence[int],
    alignments: Sequence[Sequence[TokenPair]],
    layer: int,
    only_different: bool,
) -> tuple[str, int, int]:
    """A row per token of the first column, with a cell per column and a box per layer; the number of rows
    that differ after a layer, 0 to L - 1; and the number of rows.

    `numbers` are the columns' own, from 1. `alignments` pair the first column's tokens with each other
    column's. Tokens that only other columns have are inserted in reading order.
    """
    rows = _aligned_rows(alignments, len(traces[0].tokens))
    lines, different = [], 0
    labels = [token_labels(trace.source) for trace in traces]
    for row in rows:
        own = list(zip(traces, row, strict=True))
        differs = len({None if p is None else is_alive(trace, layer, p) for trace, p in own}) > 1
        different += differs
        if only_different and not differs:
            continue
        names = (label[p] for label, p in zip(labels, row, strict=True) if p is not None)
        name = " / ".join(dict.fromkeys(names))
        cells = "".join(
            _cell(trace, label, position, layer) for (trace, position), label in zip(own, labels, strict=True)
        )
        mark = ' class="other"' if differs else ""
        lines.append(f'<tr{mark}><th scope="row">{escape(name)}</th>{cells}</tr>')
    heads = "".join(
        f'<th scope="col">{number}. {escape(title)}</th>'
        for number, title in zip(numbers, titles, strict=True)
    )
    table = (
        '<div class="cmp-scroll" tabindex="0" role="region" aria-label="Tokens side by side">'
        f'<table class="cmp-tokens"><thead><tr><th scope="col">token</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
    return table, different, len(rows)


def _aligned_rows(alignments: Sequence[Sequence[TokenPair]], count: int) -> list[tuple[int | None, ...]]:
    """One position per column in each row: the first column's tokens in order, and additional tokens of
    others after the token that they follow."""
    slots: list[list[tuple[int | None, ...]]] = [
        [] for _ in range(count + 1)
    ]  # after each token of the first column
    none: list[int | None] = [None] * len(alignments)
    counterparts: list[list[int | None]] = [[position, *none] for position in range(count)]
    for column, pairs in enumerate(alignments, 1):
        last = -1
        for mine, theirs in pairs:
            if mine is not None:
                last = mine
                counterparts[mine][column] = theirs
            elif theirs is not None:
                alone: list[int | None] = [None, *none]
                alone[column] = theirs
                slots[last + 1].append(tuple(alone))
    rows = list(slots[0])
    for position in range(count):
        rows.append(tuple(counterparts[position]))
        rows.extend(slots[position + 1])
    return rows


def _cell(trace: Trace, labels: Sequence[str], position: int | None, chosen: int) -> str:
    if position is None:
        return "<td>–</td>"
    boxes = []
    for layer in range(trace.num_layers):
        alive, carried = trace.keep[layer, position], trace.carriers[layer, position] >= 0
        kind = "a" if alive else "c" if carried else "g"
        boxes.append(f'<i class="{kind}{" now" if layer == chosen else ""}"></i>')
    _, carrier = fate(trace, position)
    into = "" if carrier in (None, position) else f"<small>→ {escape(labels[carrier or 0])}</small>"
    words = escape(fate_words(trace, position), quote=True)
    return f'<td aria-label="{words}" title="{words}">{"".join(boxes)}{into}</td>'
