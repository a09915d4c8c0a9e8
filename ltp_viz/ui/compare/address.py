"""Compare's part of the address: it fills the fields initially and on Back or Forward, and follows them."""

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

import streamlit as st

from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.ui.inputs.models import available_models
from ltp_viz.ui.inputs.texts import restart, set_texts
from ltp_viz.ui.shell import address as browser
from ltp_viz.ui.shell.link import unpack_text
from ltp_viz.ui.shell.markdown import quoted

MAX_COLUMNS = 4
SAME_MODEL = "as in the model menu"
MIN_SHARE, FIRST_SHARE = 10, 50  # percent of the dense FLOPs
_FIRST_RULES = ("learned", "top_k", "tome", "random")
_RULES = tuple(family.name for family in FAMILIES)
_OF_A_COLUMN = ("model", "text", "pair")  # followed by the column's number
_NAMES = (
    *("rules", "equal", "shares", "layer", "text", "pair"),
    *(f"{name}{number}" for name in _OF_A_COLUMN for number in range(1, MAX_COLUMNS + 1)),
)
_READ_KEY, _NOTE_KEY = "compare_link_read", "compare_link_note"


def layer_key(num_layers: int) -> str:
    """Session key of the layer field, which differs between models of different depth."""
    return f"compare_layer of {num_layers}"


def text_keys(index: int, pairs: bool) -> tuple[str, ...]:
    """Session keys of a column's own text or, for a model of pairs, both texts."""
    return (f"compare_first_{index}", f"compare_second_{index}") if pairs else (f"compare_text_{index}",)


def read_texts(pairs: bool) -> None:
    """Fill the text boxes on Back or Forward, before they are drawn; initially they fill themselves."""
    query = st.query_params
    if not browser.is_history():
        return
    if "text" in query:
        pair = unpack_text(query["pair"]) if "pair" in query else None
        set_texts(unpack_text(query["text"]) or "", pair)
    else:  # the named example, or the initial texts
        restart(pairs)


def read(num_layers: int, pairs: bool) -> None:
    """Fill the fields from the address if it has changed; `note` reports what did not fit."""
    state = st.session_state
    is_news = browser.is_history() or not state.get(_READ_KEY)
    if not is_news and layer_key(num_layers) in state:
        return
    fields, note = fields_of(st.query_params, num_layers, pairs, available_models())
    if is_news:
        state.update(fields)
        state[_NOTE_KEY], state[_READ_KEY] = note, True
    else:  # a model with another number of layers has been chosen
        state[layer_key(num_layers)] = fields[layer_key(num_layers)]


def fields_of(
    query: Mapping[str, str], num_layers: int, pairs: bool, models: Collection[str]
) -> tuple[dict[str, Any], str | None]:
    """Session key -> value of every field from any address, and one message about parts that did not fit.
    `models`: the names that a column may have."""
    wrong: list[str] = []
    fields: dict[str, Any] = {layer_key(num_layers): _layer(query.get("layer"), num_layers, wrong)}
    rules = _rules(query.get("rules"), wrong)
    shares = [_share(word, wrong) for word in query.get("shares", str(FIRST_SHARE)).split(",")[:MAX_COLUMNS]]
    equal = query.get("equal", "1")
    if equal not in ("0", "1"):
        wrong.append(f"equal {quoted(equal)} (allowed: 0 and 1)")
    fields["compare_count"] = min(MAX_COLUMNS, max(2, len(rules)))
    fields["compare_locked"] = equal != "0"
    rules = [*rules, *(rule for rule in _FIRST_RULES if rule not in rules)]
    for index in range(MAX_COLUMNS):
        fields[f"compare_rule_{index}"] = rules[index]
        fields[f"compare_share_{index}"] = shares[index] if index < len(shares) else FIRST_SHARE
        fields[f"compare_model_{index}"] = _model(query, f"model{index + 1}", models, wrong)
        for key, name in zip(text_keys(index, pairs), ("text", "pair"), strict=False):
            fields[key] = _text(query, f"{name}{index + 1}", wrong)
    listed = "; ".join(wrong)
    note = (
        f"Parts of the link cannot be shown: {listed}. The fields show what is compared instead."
        if wrong
        else None
    )
    return fields, note


def note() -> str | None:
    """The message about parts of the address that did not fit, until a field is changed."""
    return st.session_state.get(_NOTE_KEY)


def forget_note() -> None:
    """Call when a field has been changed."""
    st.session_state[_NOTE_KEY] = None


def write(wanted: Mapping[str, str | None]) -> None:
    """Set the page's parameters, or remove those of None; each call is a step of the browser's history."""
    browser.write({name: wanted.get(name) for name in _NAMES})


def _rules(given: str | None, wrong: list[str]) -> list[str]:
    if given is None:
        return []
    words = given.split(",")
    unknown = [quoted(word) for word in words if word not in _RULES]
    if unknown:
        wrong.append(f"rules {', '.join(unknown[:MAX_COLUMNS])} (allowed: {', '.join(_RULES)})")
    rules = [word for word in words if word in _RULES]
    if not 2 <= len(words) <= MAX_COLUMNS:
        wrong.append(f"{len(words)} rules (allowed: 2 to {MAX_COLUMNS})")
    return rules[:MAX_COLUMNS]


def _share(word: str, wrong: list[str]) -> int:
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    share = min(100, max(MIN_SHARE, round(number))) if isfinite(number) else FIRST_SHARE
    if share != number:
        wrong.append(f"share {quoted(word)} (allowed: whole numbers from {MIN_SHARE} to 100)")
    return share


def _layer(word: str | None, num_layers: int, wrong: list[str]) -> int:
    if word is None:
        return (num_layers + 1) // 2
    is_number = word.isascii() and word.isdigit() and len(word) < 10
    layer = min(num_layers, max(1, int(word))) if is_number else (num_layers + 1) // 2
    if not is_number or layer != int(word):
        wrong.append(f"layer {quoted(word)} (allowed: 1 to {num_layers})")
    return layer


def _model(query: Mapping[str, str], name: str, models: Collection[str], wrong: list[str]) -> str:
    model = query.get(name, SAME_MODEL)
    if model == SAME_MODEL or model in models:
        return model
    wrong.append(f"{name} {quoted(model)} (allowed: the models of the model menu)")
    return SAME_MODEL


def _text(query: Mapping[str, str], name: str, wrong: list[str]) -> str:
    packed = query.get(name)
    text = unpack_text(packed) if packed is not None else ""
    if text is None:
        wrong.append(f"{name} {quoted(packed or '')} (allowed: a text as this page writes it into links)")
    return text or ""
