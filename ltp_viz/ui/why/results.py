"""The results of an explanation: shaded texts, agreement with survival, every word, files."""

import json
import math

import pandas as pd
import streamlit as st

from ltp_viz.analysis.why.agreement import MIN_GAP, Mismatch, explained_agreement, explained_mismatches
from ltp_viz.analysis.why.attribution import PathAttribution
from ltp_viz.analysis.why.explanation import PREDICTIONS, Explanation, Method, Prediction
from ltp_viz.analysis.why.exports import explanation_csv, explanation_record
from ltp_viz.figures.why.attribution import importance_figure
from ltp_viz.figures.wording import signed
from ltp_viz.ui.shell.charts import plain_chart
from ltp_viz.ui.shell.file_names import file_name
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.why.choices import METHOD_NAMES, PREDICTION_NAMES, chosen_method, chosen_prediction
from ltp_viz.ui.why.job import Question
from ltp_viz.ui.why.words import legend, shaded_text


def how(method: Method, hidden_by: str) -> str:
    """Describe a method, and what it keeps fixed."""
    if method == "lig":
        return (
            "Captum’s Layer Integrated Gradients on the word vectors: the text fades in from one whose words "
            f"are all {hidden_by}, and each word gets what the score gains through it. For the pruned "
            "prediction, the drops of this run are **kept fixed**: a drop makes the score jump, and no "
            "gradient sees a jump; with fixed drops the score is smooth and the values add up."
        )
    return (
        f"Occlusion: each word in turn, with all its tokens, is replaced by {hidden_by}, and the model runs "
        "again. The pruned model **decides again** what to drop, so this shows what would really happen; "
        "these values need not add up."
    )


def show(explanation: Explanation, question: Question, place: str) -> None:
    """Draw all results, by one method at a time."""
    method = chosen_method(f"why_method {place}", "collapsed")
    _answer(explanation)
    for column, side in zip(st.columns(2, gap="large"), PREDICTIONS, strict=True):
        with column:
            st.markdown(f"**{PREDICTION_NAMES[side].capitalize()}**")
            st.html(shaded_text(explanation, method, side))
            if (path := explanation.of(side).path) is not None and method == "lig":
                st.caption(_completeness(path))
    st.html(legend(explanation))
    st.caption(how(method, escaped(explanation.hidden_by)))
    _agreement(explanation, method, place)
    _table(explanation, method, place)
    _export(explanation, question, place)


def _answer(explanation: Explanation) -> None:
    scores = [float(explanation.of(side).logits[explanation.target]) for side in PREDICTIONS]
    name = escaped(explanation.target_name)
    what = "The explained number" if explanation.is_regression else f"Explained: the score of **{name}**"
    squash = "sigmoid" if explanation.answer_kind == "labels" else "softmax"
    unit = "" if explanation.is_regression else f" before {squash} (the logit)"
    also = ""
    if not explanation.is_regression and int(explanation.dense.logits.argmax()) != explanation.target:
        other = escaped(explanation.labels[int(explanation.dense.logits.argmax())])
        also = f" Without pruning the model answers {other}; its score for {name} is explained."
    st.markdown(f"{what}{unit}, {signed(scores[0])} pruned and {signed(scores[1])} unpruned.{also}")


def _completeness(path: PathAttribution) -> str:
    share = f", {path.delta_share:.1%} of it" if math.isfinite(path.delta_share) else ""
    return (
        f"Sum {signed(float(path.values.sum()))}; the text moves the score from {signed(path.hidden)} to "
        f"{signed(path.whole)}, by {signed(path.difference)}. Convergence delta {signed(path.delta, 4)}"
        f"{share} ({path.steps} steps)."
    )


def _agreement(explanation: Explanation, method: Method, place: str) -> None:
    st.markdown("##### Does pruning keep what matters?")
    left, right = st.columns([3, 2], gap="large")
    with right:
        st.dataframe(
            _correlations(explanation),
            hide_index=True,
            alt="Rank correlation of attribution size and layers survived, by method and prediction",
            column_config={
                "correlation": st.column_config.TextColumn(
                    help="Spearman’s rank correlation over the words, of the attribution’s absolute size "
                    "with the layers survived: 1 where the words that matter most survive longest, 0 where "
                    "the two are unrelated."
                )
            },
        )
        for method_name, side_name, reason in _undefined(explanation):
            st.caption(f"{method_name}, {side_name}: no correlation, {reason}.")
        st.caption(
            "In the pruned prediction some agreement is built in: a token that is dropped early has few "
            "layers in which to contribute. The unpruned prediction does not depend on the drops."
        )
        if explanation.merges:
            st.caption(
                "This rule merges: a merged word remains in the token that carries it. Here it counts as "
                "surviving until it is merged."
            )
    with left:
        side = chosen_prediction(f"why_side {place}")
        figure = importance_figure(explanation, method, side)
        plain_chart(figure, f"why_importance {place} {method} {side}")
    with right:
        _lists(explanation, method, side)


def _correlations(explanation: Explanation) -> pd.DataFrame:
    rows = []
    for method in explanation.methods:
        for side in PREDICTIONS:
            found = explained_agreement(explanation, method, side)
            rho = "–" if math.isnan(found.rho) else signed(found.rho)
            rows.append((METHOD_NAMES[method], PREDICTION_NAMES[side], rho, found.words))
    return pd.DataFrame(rows, columns=["method", "prediction", "correlation", "words"])


def _undefined(explanation: Explanation) -> list[tuple[str, str, str]]:
    return [
        (METHOD_NAMES[method], PREDICTION_NAMES[side], reason)
        for method in explanation.methods
        for side in PREDICTIONS
        if (reason := explained_agreement(explanation, method, side).undefined)
    ]


def _lists(explanation: Explanation, method: Method, side: Prediction) -> None:
    found = explained_mismatches(explanation, method, side)
    gap = f"{MIN_GAP:.0%}"
    for title, words, meaning in (
        (
            "Important but dropped early",
            found.early,
            "Larger attribution than most words, dropped before the end, and at least "
            f"{gap} of the words higher by importance than by survival.",
        ),
        (
            "Kept but unimportant",
            found.late,
            "Smaller attribution than most words, survives longer than most, and at least "
            f"{gap} of the words higher by survival than by importance.",
        ),
    ):
        st.markdown(f"**{title}**", help=meaning)
        st.markdown(", ".join(_listed(explanation, each) for each in words) or "none")


def _listed(explanation: Explanation, each: Mismatch) -> str:
    word = escaped(explanation.words[each.word].text)
    return f"{word} ({explanation.depths[each.word]} of {explanation.num_layers} layers)"


def _table(explanation: Explanation, method: Method, place: str) -> None:
    frame = pd.DataFrame(
        {
            "number": range(1, len(explanation.words) + 1),
            "word": [word.text for word in explanation.words],
            "pruned": explanation.values(method, "pruned"),
            "dense": explanation.values(method, "dense"),
            "depth": explanation.depths,
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=min(330, 38 + 35 * len(frame)),
        key=f"why_table {place}",
        column_config={
            "number": column.NumberColumn("no.", format="%d", width="small"),
            "pruned": column.NumberColumn("attribution, pruned", format="%+.3f"),
            "dense": column.NumberColumn("attribution, unpruned", format="%+.3f"),
            "depth": column.ProgressColumn(
                "layers survived", format="%d", min_value=0, max_value=explanation.num_layers
            ),
        },
        alt="Words with their attributions and the layers they survive",
    )


def _export(explanation: Explanation, question: Question, place: str) -> None:
    name = f"why-{file_name(question.classifier.name, explanation.source.text)}"
    with st.container(horizontal=True):
        st.download_button(
            "Attributions as CSV",
            lambda: explanation_csv(explanation).encode("utf-8-sig"),
            f"{name}.csv",
            "text/csv",
            key=f"why_csv {place}",
            on_click="ignore",
        )
        st.download_button(
            "Attributions as JSON",
            lambda: json.dumps(explanation_record(explanation), indent=1).encode(),
            f"{name}.json",
            "application/json",
            key=f"why_json {place}",
            on_click="ignore",
        )
