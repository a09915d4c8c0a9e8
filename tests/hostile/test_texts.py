"""Any text is read, traced and exported: nothing in it becomes markup, code, a formula or a broken file."""

import ast
import csv
import io
import json
import math
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltp_viz import TextClassifier, Trace
from ltp_viz.analysis.exports import python_code, trace_csv
from ltp_viz.data.text.tokenization import clean_text
from ltp_viz.ui.explore import live_data
from ltp_viz.ui.explore.offline_page import offline_page
from ltp_viz.ui.explore.settings import Settings
from ltp_viz.ui.explore.stage import stage_data
from ltp_viz.ui.inputs.text_checks import truncation, unreadable
from ltp_viz.ui.shell.file_names import file_name
from ltp_viz.ui.shell.link import pack_text, unpack_text
from ltp_viz.ui.shell.markdown import escaped, quoted
from tests.hostile.corpus import TEXTS
from tests.hostile.fuzzing import fuzzed

SHORT = [text for text in TEXTS.values() if len(text) < 10_000]
any_character = st.characters(exclude_categories=[])  # lone surrogates too
texts = st.lists(
    st.one_of(st.sampled_from(SHORT), st.text(any_character, max_size=30), st.sampled_from("<>&\"'`=+-@\\$")),
    min_size=1,
    max_size=5,
).map("".join)


class Elements(HTMLParser):
    """A page's elements with their attributes, and what its scripts hold."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[tuple[str, Any]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


def shown(classifier: TextClassifier, trace: Trace) -> dict[str, Any]:
    """What the browser receives of a trace."""
    dense = classifier.start(trace.text).trace(0.0)
    return {
        "view": "explore",
        "stage": stage_data(classifier, dense),
        "settings": Settings.default(trace.num_layers).to_data(),
        "exact": live_data.exact_data(trace, dense),
    }


def check(classifier: TextClassifier, text: str) -> None:
    """All checks of one text."""
    trace = classifier.start(text).trace()
    assert len(trace.text) == len(text), "spans would be off"
    assert trace.keep[:, 0].all() and np.isfinite(trace.logits).all()
    assert all(0 <= start <= end <= len(text) for start, end in filter(None, trace.spans))
    for message in (unreadable(trace.source), truncation(trace.source)):
        assert message is None or "\n" not in message

    record = trace.to_json()
    record.encode()
    assert Trace.from_json(record).to_json() == record
    check_table(trace)
    check_page(classifier, trace)
    check_code(trace)
    assert all(letter.isalnum() or letter == "-" for letter in file_name("folder/sst2", text))
    assert len(file_name("folder/sst2", text)) < 100


def check_table(trace: Trace) -> None:
    csv.field_size_limit(2_000_000)
    rows = list(csv.DictReader(io.StringIO(trace_csv(trace).encode().decode(), newline="")))
    assert len(rows) == trace.num_layers * len(trace.tokens)
    for row, token in zip(rows, trace.tokens * trace.num_layers, strict=True):
        assert None not in row and row["token"].removeprefix("'") == token.removeprefix("'")
        for cell in (row["token"], row["text"]):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


def check_page(classifier: TextClassifier, trace: Trace) -> None:
    data = shown(classifier, trace)
    page = offline_page(f"sst2: {trace.text[:40]}", [data])
    page.encode()
    found, harmless = Elements(page), harmless_page(classifier)
    assert found.elements == harmless.elements, "the text has become markup"
    assert found.scripts[1] == harmless.scripts[1], "the text has become code"
    held = json.loads(found.scripts[0], parse_constant=pytest.fail)
    assert held == [json.loads(json.dumps({**data, "offline": True}))]


@lru_cache(maxsize=1)
def harmless_page(classifier: TextClassifier) -> Elements:
    """Of a harmless text."""
    return Elements(offline_page("sst2", [shown(classifier, classifier.trace("A warm film."))]))


def check_code(trace: Trace) -> None:
    calls = [node for node in ast.walk(ast.parse(python_code("folder", trace))) if isinstance(node, ast.Call)]
    traced = next(call for call in calls if getattr(call.func, "attr", "") == "trace")
    assert ast.literal_eval(traced.args[0]) == trace.text
    assert {getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls} == {
        "load_model",
        "trace",
        "print",
    }


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts_are_traced_and_exported(classifier: TextClassifier, name: str) -> None:
    check(classifier, TEXTS[name])


@given(text=texts)
@fuzzed(60)
def test_any_text_is_traced_and_exported(classifier: TextClassifier, text: str) -> None:
    check(classifier, text)


@given(text=texts)
@fuzzed(300)
def test_any_text_round_trips_through_its_link(text: str) -> None:
    link = pack_text(text)
    assert link is None or unpack_text(link) == clean_text(text)


@given(text=texts)
@fuzzed(300)
def test_any_text_means_nothing_in_markdown(text: str) -> None:
    for shown_text, limit in ((escaped(text), math.inf), (quoted(text), 402)):
        assert len(shown_text) <= limit
        bare = shown_text
        for sign in "\\`*[]<>$:!#|~{}":
            bare = bare.replace(f"\\{sign}", "")
        assert not set(bare) & set("`*[]<>$:!#|~{}")
