"""The table holds the trace, safely for spreadsheets; the code repeats the trace."""

import contextlib
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ltp_viz
from ltp_viz import ForcedTokens, TextClassifier, Trace
from ltp_viz.analysis.compare.basis import SHARES, RuleBasis
from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.exports import python_code, trace_csv
from tests.conftest import ROOT, SST2_MODEL

TEXT = "=SUM(A1) isn't a @bad film, \"unhappy\"\n+ 'but' -2 \u2028 naïve ‘reviews’ 電影."


def rows(trace: Trace) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(trace_csv(trace))))


def test_table_holds_the_trace(classifier: TextClassifier) -> None:
    trace = classifier.trace(TEXT, global_scale=1.2, forced=ForcedTokens(keep=(3,), drop=(5,)))
    table = rows(trace)
    count = len(trace.tokens)
    assert len(table) == trace.num_layers * count
    for index, row in enumerate(table):
        layer, position = divmod(index, count)
        assert (int(row["layer"]), int(row["position"])) == (layer + 1, position)
        assert row["keep"] == ("true" if trace.keep[layer, position] else "false")
        assert float(row["threshold"]) == trace.thresholds[layer]
        score = np.float32(row["score"] or "nan")
        np.testing.assert_equal(score, trace.scores[layer, position])
        span = trace.spans[position]
        assert (row["start"], row["end"]) == (tuple(map(str, span)) if span else ("", ""))
        assert row["text"].removeprefix("'") == (TEXT[slice(*span)].removeprefix("'") if span else "")
        assert row["forced"] == {3: "keep", 5: "drop"}.get(position, "")


def test_the_texts_of_a_pair_are_distinguished(small_models: Path) -> None:
    trace = ltp_viz.load_model(small_models / "paraphrase").trace("One film.", "Two books.")
    texts = {"0": "", "1": ""}
    for row in rows(trace)[: len(trace.tokens)]:
        texts[row["segment"]] += row["text"]
    assert texts == {"0": "Onefilm.", "1": "Twobooks."}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "a = b"])
def test_no_cell_is_a_formula(classifier: TextClassifier, text: str) -> None:
    table = list(csv.reader(io.StringIO(trace_csv(classifier.trace(text)))))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in table for cell in row)
    assert any(cell.startswith("'") for row in table for cell in row)


def rerun(code: str) -> dict[str, Any]:
    """As in a new notebook opened in the project: the code imports and loads all that it names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(ROOT):
        exec(code, names)
    return json.loads(names["trace"].to_json())


def assert_same_record(again: dict[str, Any], trace: Trace) -> None:
    before = json.loads(trace.to_json())
    for record in (before, again):
        del record["elapsed_s"]
    # Equal weights at other memory addresses may round differently in the last digit.
    for name in ("scores", "logits"):
        np.testing.assert_allclose(
            np.array(again.pop(name), np.float32), np.array(before.pop(name), np.float32), atol=1e-5
        )
    assert again == before


def test_code_makes_the_trace_again(classifier: TextClassifier) -> None:
    scales = (1.0, 0.5, 1.0, 2.0, 1.0, 1.0)
    trace = classifier.relabelled(["it's bad", 'so "good"']).trace(
        TEXT, global_scale=1.15, layer_scales=scales, forced=ForcedTokens(keep=(3, 7), drop=(5,))
    )
    assert_same_record(rerun(python_code(str(SST2_MODEL), trace, relabelled=True)), trace)


def test_code_for_a_pair(small_models: Path) -> None:
    location = small_models / "paraphrase"
    trace = ltp_viz.load_model(location).trace("The museum is open.", 'It is "closed".', global_scale=0.7)
    code = python_code(str(location), trace)
    assert "layer_scales" not in code and "forced" not in code and "relabelled" not in code
    assert_same_record(rerun(code), trace)


def test_code_imports_every_rule_from_where_it_is(classifier: TextClassifier) -> None:
    trace = classifier.trace("A warm film.")
    basis = RuleBasis((0.01, 0.02), 16, 1.0, ((4.0, 2.0),) * len(SHARES))
    for each in FAMILIES:
        rule = each.at(0.5, basis)
        code = python_code("folder", replace(trace, rule=repr(rule)))
        assert f"from {type(rule).__module__} import {type(rule).__name__}\n" in code
    with pytest.raises(ValueError, match="There is no rule 'MyRule'"):
        python_code("folder", replace(trace, rule="MyRule(rate=0.5)"))


def test_code_names_a_bundled_model_by_its_name(classifier: TextClassifier) -> None:
    trace = classifier.trace("a film")
    assert "load_model('sst2')" in python_code(str(SST2_MODEL), trace)
    assert "load_model('/elsewhere/model')" in python_code("/elsewhere/model", trace)
