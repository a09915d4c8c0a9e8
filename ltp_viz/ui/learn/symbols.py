"""The symbols of an equation: explained one at a time on screens, all together in print."""

from collections.abc import Sequence

from ltp_viz.figures.learn.picture import Picture, node


def symbols_picture(symbols: Sequence[tuple[str, str]]) -> Picture:
    """A picture in which pointing at a symbol, tapping it or reaching it by keyboard shows its meaning."""
    buttons = [
        node(
            "button",
            text=symbol,
            classes="tour-symbol",
            type="button",
            data_say=f"{symbol}: {meaning}.",
            aria_label=f"{symbol}: {meaning}",
        )
        for symbol, meaning in symbols
    ]
    listed = [
        node("div", node("dt", text=symbol), node("dd", text=f"{meaning}.")) for symbol, meaning in symbols
    ]
    root = node(
        "div",
        node("div", *buttons, classes="tour-symbols"),
        node("p", text="Point at a symbol, or tap it.", name="said", classes="tour-said"),
        node("dl", *listed, classes="tour-list"),
    )
    return Picture(root, (), "none", "")
