"""An explanation has each word's attribution, pruned and unpruned, and the layers it survives."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ltp_viz
from ltp_viz.analysis.why.explanation import PREDICTIONS, Explanation, explain, rule_of, words_of
from ltp_viz.analysis.why.exports import explanation_csv, explanation_record
from ltp_viz.core.forced import ForcedRule, ForcedTokens
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.data.errors import InputError

TEXT = "The unwatchable =sum never, ever wastes a minute."


@pytest.fixture(scope="module")
def explained(classifier: ltp_viz.TextClassifier) -> Explanation:
    return explain(classifier, classifier.tokenize(TEXT))


def test_words_answer_and_depths_are_the_runs(
    classifier: ltp_viz.TextClassifier, explained: Explanation
) -> None:
    trace, dense = classifier.trace(TEXT), classifier.trace(TEXT, global_scale=0.0)
    assert [word.text for word in explained.words][:3] == ["The", "unwatchable", "="]
    assert len(explained.words[1].positions) > 1  # several tokens, one word
    assert sorted(p for word in explained.words for p in word.positions) == list(
        range(1, len(trace.tokens) - 1)
    )
    assert np.array_equal(explained.pruned.logits, trace.logits)
    assert np.array_equal(explained.dense.logits, dense.logits)
    assert explained.target_name == trace.label and not explained.merges
    for word, depth in zip(explained.words, explained.depths, strict=True):
        assert depth == max(trace.survival_depth[list(word.positions)])


def test_words_add_up(explained: Explanation) -> None:
    for side in PREDICTIONS:
        path = explained.of(side).path
        assert path is not None
        values = explained.values("lig", side)
        assert values.sum() == pytest.approx(path.difference + path.delta, abs=1e-4)
        assert path.whole == pytest.approx(float(explained.of(side).logits[explained.target]), abs=1e-4)


def test_at_scale_0_pruned_is_dense(classifier: ltp_viz.TextClassifier) -> None:
    found = explain(classifier, classifier.tokenize(TEXT), rule_of(classifier, 0.0))
    for method in found.methods:
        assert np.array_equal(found.values(method, "pruned"), found.values(method, "dense"))
    assert (found.depths == found.num_layers).all()


def test_forced_tokens_and_merges(classifier: ltp_viz.TextClassifier) -> None:
    source = classifier.tokenize(TEXT)
    rule = ThresholdRule(classifier.model.effective_thresholds())
    forced = explain(classifier, source, ForcedRule(rule, ForcedTokens(keep=(1,), drop=(2,))))
    assert forced.depths[0] == forced.num_layers
    merged = explain(classifier, source, MergeRule(0.1), ("lig",))
    path = merged.pruned.path
    assert merged.merges and path is not None
    assert path.whole == pytest.approx(
        float(classifier.trace(TEXT, rule=MergeRule(0.1)).logits.max()), abs=1e-4
    )


@pytest.mark.parametrize("name", ["paraphrase", "similarity"])
def test_pairs_and_numbers(small_models: Path, name: str) -> None:
    model = ltp_viz.load_model(small_models / name)
    source = model.tokenize("The dog barks.", "A dog is barking loudly.")
    found = explain(model, source)
    assert [word.segment for word in found.words] == [0] * 4 + [1] * 6
    assert found.is_regression == (name == "similarity")
    assert found.target == int(found.pruned.logits.argmax())
    for side in PREDICTIONS:
        path = found.of(side).path
        assert path is not None and path.values[np.array(source.spans, dtype=object) == None].sum() == 0  # noqa: E711
        assert found.values("lig", side).sum() == pytest.approx(path.difference + path.delta, abs=1e-3)
    assert explanation_record(found)["text_pair"] == "A dog is barking loudly."


def test_progress_rises_and_ends_it(classifier: ltp_viz.TextClassifier) -> None:
    source, shares = classifier.tokenize(TEXT), []  # type: ignore[var-annotated]
    explain(classifier, source, advance=shares.append)
    assert shares[0] == 0 and shares == sorted(shares) and 0.8 < shares[-1] < 1

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(classifier, source, advance=stop)


def test_files(explained: Explanation) -> None:
    rows = list(csv.DictReader(io.StringIO(explanation_csv(explained))))
    assert [row["word"] for row in rows][1:3] == ["unwatchable", "'="]  # no formula for a spreadsheet
    assert float(rows[1]["lig_pruned"]) == explained.values("lig", "pruned")[1]
    assert int(rows[1]["layers_survived"]) == explained.depths[1]
    record: dict[str, Any] = json.loads(json.dumps(explanation_record(explained)))
    path = explained.pruned.path
    assert path is not None
    assert record["predictions"]["pruned"]["integrated_gradients"]["convergence_delta"] == path.delta
    assert record["explained"] == explained.target_name and record["words_hidden_by"] == "[MASK]"
    assert [word["word"] for word in record["words"]] == [word.text for word in explained.words]


def test_what_cannot_be_explained_gets_one_message(
    classifier: ltp_viz.TextClassifier, explained: Explanation
) -> None:
    with pytest.raises(InputError, match=r"finds no word in this text"):
        explain(classifier, classifier.tokenize("\u200b"))
    with pytest.raises(InputError, match=r"no method 'shap'; give one of lig, occlusion"):
        explain(classifier, classifier.tokenize(TEXT), methods=("shap",))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="threshold scale is -1"):
        rule_of(classifier, -1)
    only = explain(classifier, classifier.tokenize("Meh"), methods=("occlusion",))
    with pytest.raises(InputError, match="has no 'lig'; it has occlusion"):
        only.values("lig", "pruned")
    assert words_of(classifier.tokenize("Meh"))[0].text == "Meh"
