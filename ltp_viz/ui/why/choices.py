"""The fields for method and prediction, the same wherever attributions are shown."""

from typing import Any, Literal, TypeVar

import streamlit as st

from ltp_viz.analysis.why.explanation import Method, Prediction

METHOD_NAMES: dict[Method, str] = {"lig": "Integrated gradients", "occlusion": "Occlusion"}
PREDICTION_NAMES: dict[Prediction, str] = {"pruned": "pruned", "dense": "unpruned"}
_Choice = TypeVar("_Choice", bound=str)


def chosen_method(key: str, label_visibility: Literal["visible", "collapsed"] = "visible") -> Method:
    """Draw the method's field, initially integrated gradients; returns the choice."""
    return _chosen("Method", METHOD_NAMES, key, label_visibility=label_visibility)


def chosen_prediction(key: str) -> Prediction:
    """Draw the prediction's field, initially the pruned one; returns the choice."""
    return _chosen("Importance in the prediction", PREDICTION_NAMES, key)


def _chosen(label: str, names: dict[_Choice, str], key: str, **look: Any) -> _Choice:
    by_name = {name: choice for choice, name in names.items()}
    first = next(iter(by_name))
    name = st.segmented_control(
        label, list(by_name), default=first, required=True, key=key, persist_state="session", **look
    )
    return by_name[name or first]
