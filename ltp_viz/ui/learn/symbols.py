"""The symbols of an equation: explained one at a time on screens, all together on paper."""

from collections.abc import Sequence

from ltp_viz.figures.learn.picture import Picture, node


def symbols_picture(symbols: Sequence[tuple[str, str]]) -> Picture:
    """Pointing at a symbol, tapping it or reaching it with the tab key says what it means."""
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
