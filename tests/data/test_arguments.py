"""Arguments of the public methods: taken in every usual form, or refused in one message."""

import copy
import math
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import ltp_viz
from ltp_viz import InputError, TextClassifier
from ltp_viz.core.rules.thresholds import ThresholdRule

TEXTS = ["A warm film", "A cold, dull mess."]


@pytest.mark.parametrize(
    "texts",
    [
        tuple(TEXTS),
        pd.Series(TEXTS, index=[7, 3]),
        pd.Series(TEXTS, dtype="string"),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        (text for text in TEXTS),
        dict.fromkeys(TEXTS).keys(),
    ],
    ids=["tuple", "series", "string series", "array", "objects", "generator", "keys"],
)
def test_texts_in_any_form(classifier: TextClassifier, texts: Any) -> None:
    np.testing.assert_array_equal(classifier.predict(texts).logits, classifier.predict(TEXTS).logits)


def test_a_text_is_one_text(classifier: TextClassifier) -> None:
    found = classifier.predict("A warm film")
    assert len(found) == 1 and found.labels == (classifier.trace("A warm film").label,)
    assert len(classifier.trace_batch("A warm film")) == 1
    assert classifier.predict("A warm film", text_pairs="It is warm.").lengths.tolist() == [10]
    with pytest.raises(InputError, match="There are 1 texts and 2 second texts"):
        classifier.predict("A warm film", text_pairs=TEXTS)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda model: model.trace(None), r"text is None, of type NoneType; give a text"),
        (lambda model: model.trace(["a"]), r"text is \['a'\], of type list"),
        (lambda model: model.trace("a", 3), r"text_pair is 3, of type int"),
        (
            lambda model: model.trace(""),
            r"The text '' holds nothing that the model reads; give at least a word",
        ),
        (lambda model: model.trace(" \n"), r"holds nothing that the model reads"),
        (
            lambda model: model.trace("a", global_scale="2"),
            r"global_scale is '2', of type str. A threshold scale",
        ),
        (lambda model: model.trace("a", global_scale=None), r"global_scale is None"),
        (lambda model: model.trace("a", global_scale=True), r"global_scale is True"),
        (lambda model: model.trace("a", global_scale=math.nan), r"global_scale is nan"),
        (
            lambda model: model.trace("a", layer_scales=2.0),
            r"layer_scales is 2.0, .*give 6 numbers, one per layer",
        ),
        (lambda model: model.trace("a", layer_scales=[1, 1, -1, 1, 1, 1]), r"layer_scales\[2\] is -1"),
        (lambda model: model.trace("a", layer_scales=[1]), r"holds 1 values but the model has 6 layers"),
        (
            lambda model: model.predict(None),
            r"texts is None, of type NoneType; give a text, or a list of texts",
        ),
        (lambda model: model.predict(b"a"), r"texts is b'a', of type bytes"),
        (
            lambda model: model.predict(["a", math.nan]),
            r"texts\[1\] is nan, of type float; every one must be",
        ),
        (lambda model: model.predict(["a"], text_pairs=[None]), r"text_pairs\[0\] is None"),
        (
            lambda model: model.predict(["a"], batch_size=0),
            r"batch_size is 0, of type int; give a whole number",
        ),
        (lambda model: model.predict(["a"], batch_size=2.5), r"batch_size is 2.5"),
        (lambda model: model.predict(["a"], global_scale="2"), r"global_scale is '2'"),
        (
            lambda model: model.predict(pd.DataFrame({"text": ["a"], "label": [1]})),
            r"texts is a table with the columns text, label; give one of them",
        ),
        (lambda model: model.trace("a", rule="topk"), r"rule is 'topk', of type str; give a rule, such as"),
        (
            lambda model: model.predict(["a"], rule=ThresholdRule),
            r"rule is <class .*, of type type; give a r",
        ),
        (lambda model: model.trace("a", forced={"keep": [1]}), r"forced is \{'keep': \[1\]\}, of type dict"),
        (lambda model: model.trace_ids(["a"]), r"input_ids holds 'a', of type str; give whole numbers"),
    ],
)
def test_impossible_arguments(
    classifier: TextClassifier, ask: Callable[[TextClassifier], object], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        ask(classifier)
    assert "\n" not in str(raised.value) and raised.value.__cause__ is None


def test_numbers_of_numpy_are_numbers(classifier: TextClassifier) -> None:
    expected = classifier.trace("A warm film", global_scale=0.5, layer_scales=[1, 1, 2, 1, 1, 1])
    scales = np.array([1, 1, 2, 1, 1, 1], dtype=np.float32)
    trace = classifier.trace("A warm film", global_scale=np.float32(0.5), layer_scales=scales)
    np.testing.assert_array_equal(trace.logits, expected.logits)
    assert trace.layer_scales == expected.layer_scales


def test_short_words_for_people(classifier: TextClassifier) -> None:
    trace, predictions = classifier.trace("A <b>warm</b> film " * 50), classifier.predict(TEXTS * 20)
    for shown in (classifier, trace, predictions):
        assert len(repr(shown)) < 200 and "0x" not in repr(shown) and "\n" not in repr(shown)
        page = shown._repr_html_()
        assert "<b>warm" not in page and "<script" not in page and len(page) < 60_000
    assert "sst2" in repr(classifier) and "6 layers" in repr(classifier)
    assert trace.label in repr(trace) and "40 texts" in repr(predictions)
    assert "30 more" in predictions._repr_html_()


def test_predictions_as_a_table(classifier: TextClassifier) -> None:
    found = classifier.predict(TEXTS)
    frame = found.to_frame()
    assert list(frame) == [
        "label",
        "probability negative",
        "probability positive",
        "tokens",
        "macs",
        "dense_macs",
    ]
    assert frame["label"].tolist() == list(found.labels)
    np.testing.assert_array_equal(frame["probability positive"], found.probabilities[:, 1])
    assert frame["macs"].tolist() == found.macs.tolist()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_arrays_stay_read_only_in_copies(classifier: TextClassifier, copied: Callable[[Any], Any]) -> None:
    for record in (copied(classifier.trace("A warm film")), copied(classifier.predict(TEXTS))):
        for name in ("logits", "macs") if hasattr(record, "lengths") else ("logits", "scores", "keep"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(record, name)[0] = 0


def test_a_saved_classifier_is_the_same_model(classifier: TextClassifier, tmp_path: Path) -> None:
    renamed = classifier.relabelled(["bad", "good"])
    renamed.save_pretrained(tmp_path / "mine")
    again = ltp_viz.load_model(tmp_path / "mine")
    assert again.labels == ("bad", "good") and classifier.labels == ("negative", "positive")
    assert again.config.thresholds == classifier.config.thresholds and again.config.thresholds_learned
    np.testing.assert_array_equal(again.trace(TEXTS[0]).logits, classifier.trace(TEXTS[0]).logits)
    card = (tmp_path / "mine/README.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert "import ltp_viz" in code and "load_model('mine')" in code
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file; name a folder"):
        renamed.save_pretrained(tmp_path / "file")


def test_what_users_of_transformers_ask_for(classifier: TextClassifier) -> None:
    model, ids = classifier.model, torch.tensor([[101, 1037, 4010, 102]])
    words = model.get_input_embeddings()
    assert words.weight.shape == (classifier.config.vocab_size, classifier.config.hidden_size)
    with torch.inference_mode():
        output = model(input_ids=ids)
        assert torch.equal(model(input_ids=ids, return_dict=False)[0], output.logits)
        for wanted in ("output_attentions", "output_hidden_states"):
            with pytest.raises(ValueError, match=f"{wanted} is not available: "):
                model(input_ids=ids, **{wanted: True})
            model(input_ids=ids, **{wanted: False})
        with pytest.raises(ValueError, match="inputs_embeds is not available: give input_ids"):
            model(input_ids=ids, inputs_embeds=words(ids))
