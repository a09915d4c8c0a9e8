"""What is compared: columns of rule, model, text and cost, kept in the session and in the link."""

from dataclasses import dataclass

import streamlit as st

from ltp_viz.analysis.rule_families import FAMILIES
from ltp_viz.ui.glossary import explained
from ltp_viz.ui.link import pack_text, unpack_text
from ltp_viz.ui.models import available_models

MOST_COLUMNS = 4
_FIRST_RULES = ("learned", "top_k", "tome", "random")
_TITLES = {family.name: family.title for family in FAMILIES}
_SAME = "as in the sidebar"
_LEAST_SHARE, _FIRST_SHARE = 10, 50  # percent of the dense FLOPs
_READ_KEY = "compare_link_read"


@dataclass(frozen=True)
class Layout:
    """What holds for all columns. `layer`: 0 to L - 1, the one after which texts are shown."""

    count: int
    locked: bool  # all cost what the first one costs
    layer: int


@dataclass(frozen=True)
class AskedColumn:
    """One column as set. `model`: its name, None for the sidebar's. `text`: None for the text above."""

    rule: str
    model: str | None
    text: str | None
    share: float | None  # wanted share of the dense FLOPs; None: as many FLOPs as the first column


def _first_visit() -> None:
    """Fill the fields from the link, once per session; what fits nothing is left out."""
    if st.session_state.get(_READ_KEY):
        return
    st.session_state[_READ_KEY] = True
    query = st.query_params
    rules = [rule for rule in query.get("rules", "").split(",") if rule in _TITLES][:MOST_COLUMNS]
    count = len(rules) if len(rules) >= 2 else 2
    rules = rules if len(rules) >= 2 else list(_FIRST_RULES)
    shares = query.get("shares", "").split(",")
    for index in range(MOST_COLUMNS):
        rule = rules[index] if index < len(rules) else _FIRST_RULES[index]
        st.session_state.setdefault(f"compare_rule_{index}", rule)
        st.session_state.setdefault(f"compare_share_{index}", _percent(shares, index))
        model = query.get(f"model{index + 1}")
        st.session_state.setdefault(f"compare_model_{index}", model if model in available_models() else _SAME)
        text = unpack_text(query.get(f"text{index + 1}", "")) or ""
        st.session_state.setdefault(f"compare_text_{index}", text)
    st.session_state.setdefault("compare_count", count)
    st.session_state.setdefault("compare_locked", query.get("equal", "1") != "0")


def _percent(shares: list[str], index: int) -> int:
    try:
        return min(100, max(_LEAST_SHARE, int(shares[index])))
    except (ValueError, IndexError):
        return _FIRST_SHARE


def asked_layout(num_layers: int) -> Layout:
    """How many columns, whether all cost the same, and which layer to look behind; draws the fields."""
    _first_visit()
    count_field, lock_field, share_field, layer_field = st.columns(
        [2, 3, 4, 4], vertical_alignment="bottom", gap="medium"
    )
    with count_field:
        count = st.segmented_control(
            "Columns", [2, 3, 4], required=True, key="compare_count", persist_state="session"
        )
    with lock_field:
        locked = st.toggle(
            "Equal FLOPs",
            key="compare_locked",
            persist_state="session",
            help=explained(
                "Every column costs what the first one costs. Off, each has a share of its own.",
                "equal-flops",
                "flops-share",
            ),
        )
    if locked:
        with share_field:
            _share_field(0, "FLOPs, share of dense")
    with layer_field:
        layer = _layer_field(num_layers)
    return Layout(int(count or 2), bool(locked), layer - 1)


def _layer_field(num_layers: int) -> int:
    key = f"compare_layer of {num_layers}"
    if key not in st.session_state:
        try:
            wanted = int(st.query_params.get("layer", ""))
        except ValueError:
            wanted = (num_layers + 1) // 2
        st.session_state[key] = min(num_layers, max(1, wanted))
    if num_layers == 1:
        return 1
    return st.slider(
        "Show the text after layer",
        1,
        num_layers,
        key=key,
        persist_state="session",
        help=explained(
            "Words struck through are gone by then; marked ones fare otherwise than in column 1.", "dropped"
        ),
    )


def _share_field(index: int, label: str) -> int:
    return st.slider(
        label,
        _LEAST_SHARE,
        100,
        key=f"compare_share_{index}",
        format="%d %%",
        persist_state="session",
    )


def asked_column(index: int, locked: bool, pairs: bool) -> AskedColumn:
    """The settings of column `index`, from 0; draws its fields."""
    rule = st.selectbox(
        f"Column {index + 1}",
        list(_TITLES),
        format_func=_TITLES.__getitem__,
        key=f"compare_rule_{index}",
        persist_state="session",
    )
    share: float | None = None
    if not locked:
        share = _share_field(index, "FLOPs, share of dense") / 100
    elif index == 0:
        share = st.session_state["compare_share_0"] / 100
    with st.popover("Model and text", width="stretch"):
        model = st.selectbox(
            "Model",
            [_SAME, *available_models()],
            key=f"compare_model_{index}",
            persist_state="session",
        )
        text = ""
        if not pairs:
            text = st.text_area(
                "Another text for this column",
                key=f"compare_text_{index}",
                height=120,
                placeholder="Empty: the text above. Change a word of it here to see what that changes.",
                persist_state="session",
            )
            st.button(
                "Take the text above, to edit it", key=f"compare_take_{index}", on_click=_take, args=(index,)
            )
    own = (text or "").strip()
    return AskedColumn(rule, None if model == _SAME else model, text if own else None, share)


_TEXT_ABOVE = "compare_text_above"


def _take(index: int) -> None:
    st.session_state[f"compare_text_{index}"] = st.session_state.get(_TEXT_ABOVE, "")


def remember_text(text: str) -> None:
    """The text that columns without one of their own show."""
    st.session_state[_TEXT_ABOVE] = text


def write_link(
    columns: list[AskedColumn], layout: Layout, text: str, text_pair: str | None, is_example: bool
) -> bool:
    """Put all into the address; False where a text is too long for it."""
    query = st.query_params
    shares = [st.session_state[f"compare_share_{index}"] for index in range(len(columns))]
    wanted: dict[str, str | None] = {
        "rules": ",".join(column.rule for column in columns),
        "equal": None if layout.locked else "0",
        "shares": ",".join(map(str, shares[:1] if layout.locked else shares)),
        "layer": str(layout.layer + 1),
        "text": None if is_example else pack_text(text),
        "pair": None if is_example or text_pair is None else pack_text(text_pair),
    }
    fits = is_example or wanted["text"] is not None
    for index in range(MOST_COLUMNS):
        column = columns[index] if index < len(columns) else None
        wanted[f"model{index + 1}"] = column.model if column else None
        packed = pack_text(column.text) if column and column.text else None
        fits = fits and not (column and column.text and packed is None)
        wanted[f"text{index + 1}"] = packed
    for key, value in wanted.items():
        if value is None:
            query.pop(key, None)
        elif query.get(key) != value:
            query[key] = value
    return fits
