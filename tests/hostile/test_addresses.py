"""Whatever an address holds, Compare, Learn and Benchmark fill their fields with valid values.

The readers are functions from an address to fields and get very many addresses. A few real runs show that
pages read their address through them. (`test_pages.py` opens whole pages under odd addresses.)
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ltp_viz import InputError, TextClassifier, load_model
from ltp_viz.analysis.benchmark import run as benchmark_run
from ltp_viz.analysis.benchmark.plan import BATCH_SIZES, BUDGETS_S, MAX_SCALE, BenchmarkPlan, lengths_for
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.machine import DTYPES
from ltp_viz.ui.benchmark import form as benchmark_form
from ltp_viz.ui.compare import address
from ltp_viz.ui.inputs.models import available_models
from ltp_viz.ui.learn import form as learn_form
from ltp_viz.ui.learn.lesson import MAX_TOKENS, shortened
from ltp_viz.ui.learn.sentence import MAX_CHARACTERS, sentence_of
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
    "model1": ("as in the model menu", "sst2"),
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
    """Valid, damaged and odd values, lists of numbers, and any text."""
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
    """The script, which imports what it needs, run once under this address; no traceback, and every message
    in one line."""
    page = AppTest.from_function(script, default_timeout=120, kwargs=given)
    for name, word in link.items():
        page.query_params[name] = word
    page.run()
    assert not page.exception, page.exception[0].value
    assert all("\n" not in said.value for said in (*page.warning, *page.info))
    return page


def is_one_line(note: str | None) -> bool:
    return note is None or "\n" not in note


# Of each kind: nothing given, all valid, all invalid, and some of both.
COMPARE_LINKS: tuple[dict[str, str], ...] = (
    {},
    {name: good[0] for name, good in COMPARE.items()},
    {name: "\n*evil*\0" for name in COMPARE},
    {"rules": "tome,evil", "shares": "50,nan,1e9", "layer": "7", "equal": "yes", "text2": LONG, "pair4": "~"},
)


@given(link=addresses(COMPARE), pairs=st.booleans())
@fuzzed(500)
def test_any_address_of_compare_is_read(link: dict[str, str], pairs: bool) -> None:
    models = ("one", "sst2")
    fields, note = address.fields_of(link, 6, pairs, models)
    assert is_one_line(note)
    assert 2 <= fields["compare_count"] <= address.MAX_COLUMNS
    assert 1 <= fields[address.layer_key(6)] <= 6
    assert fields["compare_locked"] in (True, False)
    for index in range(address.MAX_COLUMNS):
        assert fields[f"compare_rule_{index}"] in {family.name for family in FAMILIES}
        assert address.MIN_SHARE <= fields[f"compare_share_{index}"] <= 100
        assert fields[f"compare_model_{index}"] in (address.SAME_MODEL, *models)
        assert all(isinstance(fields[key], str) for key in address.text_keys(index, pairs))


def compare_fields(pairs: bool) -> None:
    import streamlit as st

    from ltp_viz.ui.compare import address

    address.read(6, pairs)
    if note := address.note():
        st.warning(note)


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("link", COMPARE_LINKS)
def test_compare_fills_its_fields_with_what_is_read(link: dict[str, str], pairs: bool) -> None:
    page = opened(compare_fields, link, pairs=pairs)
    fields, note = address.fields_of(link, 6, pairs, available_models())
    assert {key: page.session_state[key] for key in fields} == fields
    assert [said.value for said in page.warning] == ([note] if note else [])


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> TextClassifier:
    return load_model(str(save_tiny_model(tmp_path_factory.mktemp("addresses") / "tiny")))


LEARN_LINKS: tuple[dict[str, str], ...] = (
    {},
    {name: good[0] for name, good in LEARN.items()},
    {name: "\n*evil*\0" for name in LEARN},
    {"step": "5", "text": LONG, "at": "99999", "layer": "0", "head": "3", "form": "log"},
    {"step": "11", "text": "~", "at": "-1", "layer": "2", "head": "99999"},
    {"step": "all", "text": TEXT, "layer": "3", "form": "evil"},
)


@given(link=addresses(LEARN))
@fuzzed(500)
def test_any_address_of_learn_is_read(classifier: TextClassifier, link: dict[str, str]) -> None:
    step = learn_form.step_of(link.get("step", "1"))
    assert step.number in (None, *range(1, len(STEPS) + 1)) and is_one_line(step.note)
    choices = learn_form.choices_of(link)
    assert choices.at is None or (isinstance(choices.at, int) and 0 <= choices.at < 100_000)
    assert choices.form in (None, "linear", "log")
    for otherwise in (1, 2):
        assert 1 <= learn_form.layer_of(choices.layer, 2, otherwise) <= 2
    assert 0 <= learn_form.head_of(choices.head, 2) <= 2
    text, note = sentence_of(link.get("text"))
    assert is_one_line(text) and len(text) <= MAX_CHARACTERS and is_one_line(note)
    assert 2 <= len(shortened(classifier, text).tokens) <= MAX_TOKENS


def learn_fields(classifier, location):  # type: ignore[no-untyped-def]
    """The tour without its pictures, each of which is a separate run."""
    import streamlit as st

    from ltp_viz.ui.learn import form
    from ltp_viz.ui.learn.lesson import lesson_of
    from ltp_viz.ui.learn.sentence import sentence, sentence_field
    from ltp_viz.ui.learn.texts import STEPS

    step = form.chosen_step()
    form.read_link(step.number)
    if step.note:
        st.warning(step.note)
    sentence_field()
    st.session_state["seen text"] = st.session_state["learn_text"]
    lesson = lesson_of(classifier, location, sentence(classifier))
    for slug in (step.slug for step in STEPS):
        with st.container(key=slug):
            st.session_state[f"seen layer {slug}"] = form.layer(lesson, slug)
    st.session_state["seen head"] = form.head(classifier.config.num_attention_heads)
    st.session_state["seen form"] = form.mask_form(None)
    st.session_state["seen step"] = step.number
    st.session_state["seen tokens"] = len(lesson.source.tokens)
    form.write_link(step.number, lesson, None, 0)


@pytest.mark.parametrize("link", LEARN_LINKS)
def test_learn_fills_its_fields_with_what_is_read(classifier: TextClassifier, link: dict[str, str]) -> None:
    page = opened(learn_fields, link, classifier=classifier, location="tiny")
    state, choices = page.session_state, learn_form.choices_of(link)
    step, (text, note) = learn_form.step_of(link.get("step", "1")), sentence_of(link.get("text"))
    slug = STEPS[step.number - 1].slug if step.number else ""
    assert state["seen step"] == step.number and state["seen text"] == text
    first = next(layer for layer, threshold in enumerate(classifier.config.thresholds) if threshold > 0)
    for each in STEPS:
        linked = choices.layer if each.slug == slug else None
        assert state[f"seen layer {each.slug}"] == learn_form.layer_of(linked, 2, first + 1) - 1
    head = learn_form.head_of(choices.head if slug == "score" else None, 2)
    assert state["seen head"] == (head - 1 if head else None)
    assert state["seen form"] == ((slug == "masks" and choices.form) or "linear")
    assert state["learn_at"] == ({} if choices.at is None else {slug: choices.at})
    assert 2 < state["seen tokens"] <= MAX_TOKENS
    said = [warning.value for warning in page.warning]
    assert all(each in said for each in (step.note, note) if each)


BENCHMARK_LINKS: tuple[dict[str, str], ...] = (
    {},
    {name: good[0] for name, good in BENCHMARK.items()},
    {name: "\n*evil*\0" for name in BENCHMARK},
    {"lengths": "32,9,8", "batches": "nan", "dtypes": "int8", "scale": "-inf", "budget": "0.3"},
)


@given(link=addresses(BENCHMARK))
@fuzzed(500)
def test_any_address_of_benchmark_is_read(
    classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory, link: dict[str, str]
) -> None:
    lengths = lengths_for(classifier.config)
    fields, note = benchmark_form.fields_of(link, lengths)
    assert is_one_line(note)
    chosen = [fields[name] for name in (benchmark_form.lengths_key(lengths), "bench_batches", "bench_dtypes")]
    for found, options in zip(chosen, (lengths, BATCH_SIZES, tuple(DTYPES)), strict=True):
        assert found and set(found) <= set(options)
    assert 0 < fields["bench_scale"] <= MAX_SCALE and fields["bench_budget"] in BUDGETS_S
    # `BenchmarkPlan` refuses what cannot be measured.
    some, sizes, dtypes = (tuple(sorted(found)) for found in chosen)
    plan = BenchmarkPlan("tiny", some, sizes, dtypes, fields["bench_scale"], fields["bench_budget"])
    assert max(plan.lengths) <= 32, "more than the model reads"
    with pytest.raises(InputError, match="no benchmark"):
        benchmark_run.state(_no_runs(tmp_path_factory), link.get("bench", ""))


def benchmark_fields(classifier):  # type: ignore[no-untyped-def]
    import streamlit as st

    from ltp_viz.ui.benchmark.form import chosen_plan
    from ltp_viz.ui.benchmark.run import chosen_run

    st.session_state["seen run"] = chosen_run()
    st.session_state["seen plan"] = chosen_plan(classifier.config, "tiny")


@pytest.mark.parametrize("link", BENCHMARK_LINKS)
def test_benchmark_fills_its_fields_with_what_is_read(
    classifier: TextClassifier,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    link: dict[str, str],
) -> None:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(_no_runs(tmp_path_factory)))
    page = opened(benchmark_fields, link, classifier=classifier)
    fields, note = benchmark_form.fields_of(link, lengths_for(classifier.config))
    assert {key: page.session_state[key] for key in fields} == fields
    plan = page.session_state["seen plan"]
    assert page.session_state["seen run"] is None and plan is not None
    assert (plan.scale, plan.budget_s) == (fields["bench_scale"], fields["bench_budget"])
    said = [warning.value for warning in page.warning]
    assert len(said) == (note is not None) + ("bench" in link) and (note is None or note in said)


def _no_runs(factory: pytest.TempPathFactory) -> Path:
    return factory.getbasetemp() / "no runs"
