"""Compare's part of the address: it fills the fields at first and on Back or Forward, and they fill it."""

from collections.abc import Mapping
from math import isfinite

import streamlit as st

from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.ui.inputs.models import available_models
from ltp_viz.ui.inputs.texts import begin_anew, put_texts
from ltp_viz.ui.shell import address as browser
from ltp_viz.ui.shell.link import unpack_text
from ltp_viz.ui.shell.markdown import quoted

MOST_COLUMNS = 4
SAME_MODEL = "as in the sidebar"
LEAST_SHARE, FIRST_SHARE = 10, 50  # percent of the dense FLOPs
_FIRST_RULES = ("learned", "top_k", "tome", "random")
_RULES = tuple(family.name for family in FAMILIES)
_OF_A_COLUMN = ("model", "text", "pair")  # with the column's number behind
_NAMES = (
    *("rules", "equal", "shares", "layer", "text", "pair"),
    *(f"{name}{number}" for name in _OF_A_COLUMN for number in range(1, MOST_COLUMNS + 1)),
)
_READ_KEY, _NOTE_KEY = "compare_link_read", "compare_link_note"


def layer_key(num_layers: int) -> str:
    """Session key of the layer, from 1: a model of another depth has another one."""
    return f"compare_layer of {num_layers}"


def text_keys(index: int, pairs: bool) -> tuple[str, ...]:
    """Session keys of a column's own text or, for a model of pairs, of both texts."""
    return (f"compare_first_{index}", f"compare_second_{index}") if pairs else (f"compare_text_{index}",)


def read_texts(pairs: bool) -> None:
    """Fill the boxes above on Back or Forward, before they are drawn; at first they fill themselves."""
    query = st.query_params
    if not browser.is_history():
        return
    if "text" in query:
        pair = unpack_text(query["pair"]) if "pair" in query else None
        put_texts(unpack_text(query["text"]) or "", pair)
    else:  # the boxes take the named example anew, or what they began with
        begin_anew(pairs)


def read(num_layers: int, pairs: bool) -> None:
    """Fill the fields from the address, where it has news; `note` names what does not fit and is mended."""
    state, query = st.session_state, st.query_params
    wrong: list[str] = []
    if browser.is_history() or layer_key(num_layers) not in state:
        state[layer_key(num_layers)] = _layer(num_layers, wrong)
    if state.get(_READ_KEY) and not browser.is_history():
        return
    rules = _rules(wrong)
    shares = [_share(word, wrong) for word in query.get("shares", str(FIRST_SHARE)).split(",")[:MOST_COLUMNS]]
    equal = query.get("equal", "1")
    if equal not in ("0", "1"):
        wrong.append(f"equal {quoted(equal)} (allowed: 0 and 1)")
    state["compare_count"] = min(MOST_COLUMNS, max(2, len(rules)))
    state["compare_locked"] = equal != "0"
    rules = [*rules, *(rule for rule in _FIRST_RULES if rule not in rules)]
    for index in range(MOST_COLUMNS):
        state[f"compare_rule_{index}"] = rules[index]
        state[f"compare_share_{index}"] = shares[index] if index < len(shares) else FIRST_SHARE
        state[f"compare_model_{index}"] = _model(f"model{index + 1}", wrong)
        for key, name in zip(text_keys(index, pairs), ("text", "pair"), strict=False):
            state[key] = _text(f"{name}{index + 1}", wrong)
    listed = "; ".join(wrong)
    state[_NOTE_KEY] = (
        f"The link asks for what cannot be shown: {listed}. The fields show what is compared instead."
        if wrong
        else None
    )
    state[_READ_KEY] = True


def note() -> str | None:
    """What in the address did not fit, until a field is moved."""
    return st.session_state.get(_NOTE_KEY)


def forget_note() -> None:
    """Call when a field has been moved."""
    st.session_state[_NOTE_KEY] = None


def write(wanted: Mapping[str, str | None]) -> None:
    """Set the page's part, or remove what has no value: each call is a step of the browser's history."""
    browser.write({name: wanted.get(name) for name in _NAMES})


def _rules(wrong: list[str]) -> list[str]:
    given = st.query_params.get("rules")
    if given is None:
        return []
    words = given.split(",")
    unknown = [quoted(word) for word in words if word not in _RULES]
    if unknown:
        wrong.append(f"rules {', '.join(unknown[:MOST_COLUMNS])} (allowed: {', '.join(_RULES)})")
    rules = [word for word in words if word in _RULES]
    if not 2 <= len(words) <= MOST_COLUMNS:
        wrong.append(f"{len(words)} rules (allowed: 2 to {MOST_COLUMNS})")
    return rules[:MOST_COLUMNS]


def _share(word: str, wrong: list[str]) -> int:
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    share = min(100, max(LEAST_SHARE, round(number))) if isfinite(number) else FIRST_SHARE
    if share != number:
        wrong.append(f"share {quoted(word)} (allowed: whole numbers from {LEAST_SHARE} to 100)")
    return share


def _layer(num_layers: int, wrong: list[str]) -> int:
    word = st.query_params.get("layer")
    if word is None:
        return (num_layers + 1) // 2
    is_number = word.isascii() and word.isdigit() and len(word) < 10
    layer = min(num_layers, max(1, int(word))) if is_number else (num_layers + 1) // 2
    if not is_number or layer != int(word):
        wrong.append(f"layer {quoted(word)} (allowed: 1 to {num_layers})")
    return layer


def _model(name: str, wrong: list[str]) -> str:
    asked = st.query_params.get(name, SAME_MODEL)
    if asked == SAME_MODEL or asked in available_models():
        return asked
    wrong.append(f"{name} {quoted(asked)} (allowed: the models of the sidebar)")
    return SAME_MODEL


def _text(name: str, wrong: list[str]) -> str:
    packed = st.query_params.get(name)
    text = unpack_text(packed) if packed is not None else ""
    if text is None:
        wrong.append(f"{name} {quoted(packed or '')} (allowed: a text as this page writes it into links)")
    return text or ""
