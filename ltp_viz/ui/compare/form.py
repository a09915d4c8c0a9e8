"""The settings of a comparison: rule, model, text and cost per column, stored in session and link."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.ui.compare import address
from ltp_viz.ui.inputs.models import available_models
from ltp_viz.ui.shell.glossary import explained
from ltp_viz.ui.shell.link import pack_text

_TITLES = {family.name: family.title for family in FAMILIES}


@dataclass(frozen=True)
class Layout:
    """Settings of all columns. `layer`: 0 to L - 1; texts are shown after it."""

    count: int
    locked: bool  # all columns have the cost of the first
    layer: int


@dataclass(frozen=True)
class ColumnSettings:
    """The settings of one column. `model`: a name, None for the chosen one. Texts: None for the shared
    ones."""

    rule: str
    model: str | None
    text: str | None
    text_pair: str | None
    share: float | None  # target share of the unpruned FLOPs; None: the cost of the first column


def layout_form(num_layers: int, pairs: bool) -> Layout:
    """Draw the fields for the number of columns, equal cost, and the layer; returns their values."""
    address.read(num_layers, pairs)
    if note := address.note():
        st.warning(note)
    count_field, lock_field, share_field, layer_field = st.columns(
        [2, 3, 4, 4], vertical_alignment="bottom", gap="medium"
    )
    with count_field:
        count = st.segmented_control(
            "Columns",
            range(2, address.MAX_COLUMNS + 1),
            required=True,
            key="compare_count",
            persist_state="session",
            on_change=address.forget_note,
        )
    with lock_field:
        locked = st.toggle(
            "Equal FLOPs",
            key="compare_locked",
            persist_state="session",
            on_change=address.forget_note,
            help=explained(
                "Every column costs as much as the first one. If off, each column has its own share.",
                "equal-flops",
                "flops-share",
            ),
        )
    if locked:
        with share_field:
            _share_field(0, "FLOPs, share of unpruned")
    with layer_field:
        layer = _layer_field(num_layers)
    return Layout(int(count or 2), bool(locked), layer - 1)


def _layer_field(num_layers: int) -> int:
    if num_layers == 1:
        return 1
    return st.slider(
        "Show the text after layer",
        1,
        num_layers,
        key=address.layer_key(num_layers),
        persist_state="session",
        on_change=address.forget_note,
        help=explained(
            "Struck-through words have been dropped by this layer. Outlined words differ from column 1.",
            "dropped",
        ),
    )


def _share_field(index: int, label: str) -> int:
    return st.slider(
        label,
        address.MIN_SHARE,
        100,
        key=f"compare_share_{index}",
        format="%d %%",
        persist_state="session",
        on_change=address.forget_note,
    )


def column_form(index: int, locked: bool, pairs: bool) -> ColumnSettings:
    """Draw the fields of column `index`, from 0; returns their values."""
    rule = st.selectbox(
        f"Column {index + 1}",
        list(_TITLES),
        format_func=_TITLES.__getitem__,
        key=f"compare_rule_{index}",
        persist_state="session",
        on_change=address.forget_note,
    )
    share: float | None = None
    if not locked:
        share = _share_field(index, "FLOPs, share of unpruned") / 100
    elif index == 0:
        share = st.session_state["compare_share_0"] / 100
    with st.popover("Model and text", width="stretch"):
        model = st.selectbox(
            "Model",
            [address.SAME_MODEL, *available_models()],
            key=f"compare_model_{index}",
            persist_state="session",
            on_change=address.forget_note,
        )
        texts = [
            st.text_area(
                label,
                key=key,
                height=120,
                placeholder="Empty: the text above. Change a word here to see its effect.",
                persist_state="session",
                on_change=address.forget_note,
            )
            for label, key in zip(
                ("Another first text", "Another second text") if pairs else ("Another text for this column",),
                address.text_keys(index, pairs),
                strict=True,
            )
        ]
        st.button(
            "Copy the text above, to edit it",
            key=f"compare_take_{index}",
            on_click=_copy_text_above,
            args=(index, pairs),
        )
    own = [text if (text or "").strip() else None for text in texts]
    return ColumnSettings(
        rule, None if model == address.SAME_MODEL else model, own[0], own[1] if pairs else None, share
    )


_TEXTS_ABOVE = "compare_texts_above"


def _copy_text_above(index: int, pairs: bool) -> None:
    address.forget_note()
    above = st.session_state.get(_TEXTS_ABOVE, ("", ""))
    for key, text in zip(address.text_keys(index, pairs), above, strict=False):
        st.session_state[key] = text or ""


def remember_texts(text: str, text_pair: str | None) -> None:
    """Store the shared texts, for columns without their own."""
    st.session_state[_TEXTS_ABOVE] = (text, text_pair)


def write_link(
    columns: list[ColumnSettings], layout: Layout, text: str, text_pair: str | None, is_example: bool
) -> bool:
    """Write all settings into the address; False if a text is too long for it."""
    shares = [st.session_state[f"compare_share_{index}"] for index in range(len(columns))]
    texts = {} if is_example else {"text": text, "pair": text_pair}
    for number, column in enumerate(columns, 1):
        texts |= {f"text{number}": column.text, f"pair{number}": column.text_pair}
    packed = {name: pack_text(words) for name, words in texts.items() if words is not None}
    address.write(
        {
            "rules": ",".join(column.rule for column in columns),
            "equal": "1" if layout.locked else "0",
            "shares": ",".join(map(str, shares[:1] if layout.locked else shares)),
            "layer": str(layout.layer + 1),
            **{f"model{number}": column.model for number, column in enumerate(columns, 1)},
            **packed,
        }
    )
    return None not in packed.values()
