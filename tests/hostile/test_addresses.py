"""Whatever an address says, Compare, Learn and Benchmark fill their fields with what these can hold."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ltp_viz import TextClassifier, load_model
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.ui.compare import address
from ltp_viz.ui.inputs.models import available_models
from ltp_viz.ui.learn.lesson import MOST_TOKENS
from ltp_viz.ui.learn.texts import STEPS
from ltp_viz.ui.shell.link import pack_text
from tests.hostile.corpus import PAGE_LINKS
from tests.hostile.fuzzing import damaged_bytes, fuzzed
from tests.hostile.tiny_model import save_tiny_model

TEXT = pack_text("a warm funny film . ") or ""
LONG = pack_text("a warm funny film . " * 30) or ""
COMPARE = {
    "rules": ("learned,top_k", "learned,tome,random,end", "tome"),
    "shares": ("50", "40,60,80,100", "10,10"),
    "layer": ("1", "6"),
    "equal": ("0", "1"),
    "model1": ("as in the sidebar", "sst2"),
    **dict.fromkeys(("text", "pair", "text1", "text4", "pair2"), (TEXT, LONG)),
}
LEARN = {
    "step": ("1", "2", "5", "10", "all"),
    "text": (TEXT, LONG),
    "at": ("0", "35", "600"),
    "layer": ("1", "2"),
    "head": ("0", "2"),
    "form": ("linear", "log"),
}
BENCHMARK = {
    "bench": ("0123456789abcdef",),
    "lengths": ("8,32", "512"),
    "batches": ("1,8", "32"),
    "dtypes": ("float32,bfloat16", "float32"),
    "scale": ("1", "0.05", "3"),
    "budget": ("1", "0.25"),
}
_ODD_WORDS = [word for links in PAGE_LINKS.values() for link in links.values() for word in link.values()]
_SHORT_ODD_WORDS = sorted({word for word in _ODD_WORDS if len(word) < 10_000})
_numbers = st.integers().map(str) | st.floats().map(str) | st.sampled_from(("", "1", "50", "learned"))


def _words(good: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Good ones, damaged ones, lists of numbers, known odd ones, and any text."""
    damaged = damaged_bytes([word.encode() for word in good]).map(
        lambda word: word.decode("utf-8", "replace")
    )
    lists = st.lists(_numbers, max_size=9).map(",".join)
    return st.one_of(
        st.sampled_from(good), damaged, lists, st.sampled_from(_SHORT_ODD_WORDS), st.text(max_size=40)
    )


def addresses(parameters: Mapping[str, tuple[str, ...]]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional={name: _words(good) for name, good in parameters.items()})


def opened(script: Callable[..., None], link: Mapping[str, str], **given: Any) -> AppTest:
    """The script, which imports what it needs, run once under this address; no traceback, and every sentence
    in one line."""
    page = AppTest.from_function(script, default_timeout=120, kwargs=given)
    for name, word in link.items():
        page.query_params[name] = word
    page.run()
    assert not page.exception, page.exception[0].value
    assert all("\n" not in said.value for said in (*page.warning, *page.info))
    return page


def compare_fields(pairs: bool) -> None:
    import streamlit as st

    from ltp_viz.ui.compare import address

    address.read(6, pairs)
    if note := address.note():
        st.warning(note)


@given(link=addresses(COMPARE), pairs=st.booleans())
@fuzzed(200)
def test_any_address_of_compare_is_read(link: dict[str, str], pairs: bool) -> None:
    state = opened(compare_fields, link, pairs=pairs).session_state
    assert 2 <= state["compare_count"] <= address.MOST_COLUMNS
    assert 1 <= state[address.layer_key(6)] <= 6
    assert state["compare_locked"] in (True, False)
    for index in range(address.MOST_COLUMNS):
        assert state[f"compare_rule_{index}"] in {family.name for family in FAMILIES}
        assert address.LEAST_SHARE <= state[f"compare_share_{index}"] <= 100
        assert state[f"compare_model_{index}"] in (address.SAME_MODEL, *available_models())
        assert all(isinstance(state[key], str) for key in address.text_keys(index, pairs))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> TextClassifier:
    return load_model(str(save_tiny_model(tmp_path_factory.mktemp("addresses") / "tiny")))


def learn_fields(classifier, location):  # type: ignore[no-untyped-def]
    """The tour without its pictures, each of which is a run of its own."""
    import streamlit as st

    from ltp_viz.ui.learn import form
    from ltp_viz.ui.learn.lesson import lesson_of
    from ltp_viz.ui.learn.sentence import ask_sentence, sentence
    from ltp_viz.ui.learn.texts import STEPS

    step = form.asked_step()
    form.read_link(step.number)
    if step.note:
        st.warning(step.note)
    ask_sentence()
    lesson = lesson_of(classifier, location, sentence(classifier))
    for slug in (step.slug for step in STEPS):
        with st.container(key=slug):
            st.session_state[f"seen layer {slug}"] = form.layer(lesson, slug)
    st.session_state["seen head"] = form.head(classifier.config.num_attention_heads)
    st.session_state["seen form"] = form.mask_form(None)
    st.session_state["seen step"] = step.number
    st.session_state["seen tokens"] = len(lesson.source.tokens)
    form.write_link(step.number, lesson, None, 0)


@given(link=addresses(LEARN))
@fuzzed(200)
def test_any_address_of_learn_is_read(classifier: TextClassifier, link: dict[str, str]) -> None:
    state = opened(learn_fields, link, classifier=classifier, location="tiny").session_state
    assert state["seen step"] in (None, *range(1, len(STEPS) + 1))
    assert all(state[f"seen layer {step.slug}"] in (0, 1) for step in STEPS)
    assert state["seen head"] in (None, 0, 1) and state["seen form"] in ("linear", "log")
    assert 2 < state["seen tokens"] <= MOST_TOKENS
    assert all(isinstance(at, int) and 0 <= at < 100_000 for at in state["learn_at"].values())


def benchmark_fields(classifier):  # type: ignore[no-untyped-def]
    import streamlit as st

    from ltp_viz.ui.benchmark.form import chosen_plan
    from ltp_viz.ui.benchmark.run import chosen_run

    st.session_state["seen run"] = chosen_run()
    st.session_state["seen plan"] = chosen_plan(classifier.config, "tiny")


@given(link=addresses(BENCHMARK))
@fuzzed(200)
def test_any_address_of_benchmark_is_read(
    classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory, link: dict[str, str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTP_VIZ_RUNS", str(_no_runs(tmp_path_factory)))
        state = opened(benchmark_fields, link, classifier=classifier).session_state
    plan = state["seen plan"]  # made by `BenchmarkPlan`, which refuses what cannot be measured
    assert state["seen run"] is None and plan is not None
    assert max(plan.lengths) <= 32, "more than the model reads"


def _no_runs(factory: pytest.TempPathFactory) -> Path:
    return factory.getbasetemp() / "no runs"
