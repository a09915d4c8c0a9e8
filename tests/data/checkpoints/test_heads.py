"""What a checkpoint says about its head and its tokenizer is obeyed, by every road a text can take."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import ltp_viz
from ltp_viz import InputError
from ltp_viz.analysis.sweeps import sweep_text, sweep_texts
from ltp_viz.core.trace import Trace
from ltp_viz.data.checkpoints.inspection import inspect_checkpoint
from tests.data.checkpoints.brought import (
    PAIR,
    TEXT,
    assert_equals_hugging_face,
    hugging_face_logits,
    save_bert,
    save_roberta,
)

NLI = {0: "entailment", 1: "neutral", 2: "contradiction"}


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values.astype(np.float64)))


def add_to_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("pair", [None, PAIR[1]], ids=["text", "pair"])
def test_bert_and_roberta_equal_hugging_face(tmp_path: Path, pair: str | None) -> None:
    for folder in (save_bert(tmp_path / "bert"), save_roberta(tmp_path / "roberta")):
        assert_equals_hugging_face(folder, ltp_viz.load_model(folder), PAIR[0], pair)


def test_labels_of_a_multi_label_model_each_have_a_sigmoid(tmp_path: Path) -> None:
    names = {0: "joy", 1: "anger", 2: "fear"}
    folder = save_bert(tmp_path, id2label=names, problem_type="multi_label_classification")
    model = ltp_viz.load_model(folder)
    expected = hugging_face_logits(folder, model, TEXT)
    trace = model.trace(TEXT, global_scale=0)
    np.testing.assert_allclose(trace.probabilities, sigmoid(expected), atol=1e-5)
    chosen = tuple(names[index] for index in range(3) if expected[index] > 0)
    assert trace.predicted_labels == chosen and trace.label == (", ".join(chosen) or "none")
    assert Trace.from_json(trace.to_json()).label == trace.label
    predicted = model.predict([TEXT], global_scale=0)
    assert predicted.labels == (trace.label,) and predicted.label_sets == (chosen,)
    np.testing.assert_allclose(predicted.probabilities[0], trace.probabilities, atol=1e-6)
    sweep = sweep_text(model, trace.source, [0.0, 1.0])
    np.testing.assert_allclose(sweep.probabilities[0], trace.probabilities, atol=1e-5)


def test_both_labels_may_be_certain(tmp_path: Path) -> None:
    """Two logits at +4 are two labels of 98 %, not one of two classes at 50 %."""
    names = {0: "joy", 1: "anger"}
    folder = save_bert(tmp_path, id2label=names, problem_type="multi_label_classification")
    model = ltp_viz.load_model(folder)
    with torch.no_grad():
        model.model.head.output.weight.zero_()
        model.model.head.output.bias.fill_(4.0)
    trace = model.trace(TEXT)
    np.testing.assert_allclose(trace.probabilities, sigmoid(np.array([4.0, 4.0])), atol=1e-6)
    assert trace.label == "joy, anger" and model.predict([TEXT]).labels == ("joy, anger",)
    with torch.no_grad():
        model.model.head.output.bias.fill_(-4.0)
    assert model.trace(TEXT).label == "none"


def test_several_numbers_are_numbers(tmp_path: Path) -> None:
    names = {0: "valence", 1: "arousal"}
    folder = save_bert(tmp_path, id2label=names, problem_type="regression")
    model = ltp_viz.load_model(folder)
    trace = model.trace(TEXT, global_scale=0)
    assert trace.is_regression and trace.predicted_labels == () and np.isnan(trace.probabilities).all()
    assert trace.label == f"valence {trace.logits[0]:.4g}, arousal {trace.logits[1]:.4g}"
    assert list(model.predict([TEXT]).to_frame())[:3] == ["label", "value valence", "value arousal"]


def test_one_logit_is_a_number_unless_the_folder_or_a_person_says_otherwise(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, id2label={0: "LABEL_0"})
    number = ltp_viz.load_model(folder)
    logit = float(hugging_face_logits(folder, number, *PAIR)[0])
    assert number.trace(*PAIR, global_scale=0).is_regression and not number.reads_pairs
    wished = ltp_viz.load_model(folder, yes_or_no=True)
    trace = wished.trace(*PAIR, global_scale=0)
    assert wished.labels == ("no", "yes")
    np.testing.assert_allclose(trace.probabilities[1], sigmoid(np.array(logit)), atol=1e-5)
    assert trace.label == ("yes" if logit > 0 else "no")
    np.testing.assert_allclose(
        sweep_texts(wished, [PAIR[0]], [0.0], text_pairs=[PAIR[1]]).logits[0, 0], trace.logits, atol=1e-5
    )


@pytest.mark.parametrize(
    ("written", "is_probability"),
    [
        ({"sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid"}}, True),
        ({"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}, False),
        ({"sbert_ce_default_activation_function": "torch.nn.modules.activation.Sigmoid"}, True),
        ({"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}, False),
    ],
)
def test_a_cross_encoder_reads_pairs_and_its_activation_decides(
    tmp_path: Path, written: dict[str, object], is_probability: bool
) -> None:
    folder = save_bert(tmp_path, id2label={0: "LABEL_0"})
    add_to_config(folder, **written)
    model = ltp_viz.load_model(folder)
    assert model.reads_pairs
    assert model.labels == (("no", "yes") if is_probability else ("LABEL_0",))


def test_a_cross_encoder_with_a_file_of_its_own(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, id2label={0: "LABEL_0"})
    own = {"activation_fn": "torch.nn.modules.activation.Sigmoid", "model_type": "CrossEncoder"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(own))
    model = ltp_viz.load_model(folder)
    assert model.reads_pairs and model.labels == ("no", "yes")
    found = inspect_checkpoint(folder).config
    assert found.reads_pairs and found.label_names == ("no", "yes")
    assert ltp_viz.load_model(folder, yes_or_no=False).labels == ("LABEL_0",)


def test_several_outputs_are_no_yes_or_no(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 3 outputs, and only a single one"):
        ltp_viz.load_model(save_bert(tmp_path, id2label=NLI), yes_or_no=True)


@pytest.mark.parametrize(
    ("labels", "reads_pairs"),
    [
        (NLI, True),
        ({0: "ENTAILMENT", 1: "not_entailment"}, True),
        ({0: "not duplicate", 1: "duplicate"}, True),
        ({0: "negative", 1: "positive"}, False),
        ({0: "LABEL_0", 1: "LABEL_1"}, False),
    ],
)
def test_pairs_are_guessed_from_labels_and_a_person_decides(
    tmp_path: Path, labels: dict[int, str], reads_pairs: bool
) -> None:
    folder = save_bert(tmp_path, id2label=labels)
    model = ltp_viz.load_model(folder)
    assert model.reads_pairs == inspect_checkpoint(folder).config.reads_pairs == reads_pairs
    assert ltp_viz.load_model(folder, reads_pairs=not reads_pairs).reads_pairs != reads_pairs
    other = model.reading_pairs(not reads_pairs)
    assert other.model is model.model and other.reads_pairs != model.reads_pairs
    assert other.relabelled([str(k) for k in labels]).reads_pairs == other.reads_pairs


def test_a_premise_alone_is_warned_of(tmp_path: Path) -> None:
    model = ltp_viz.load_model(save_bert(tmp_path, id2label=NLI))
    for ask in (lambda: model.trace(TEXT), lambda: model.predict([TEXT]), lambda: model.trace_batch([TEXT])):
        with pytest.warns(UserWarning, match="compares two texts and is given one"):
            ask()


def test_truncation_on_the_left_keeps_the_end(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, {"truncation_side": "left"}, max_position_embeddings=12)
    model = ltp_viz.load_model(folder)
    trace = model.trace(TEXT, global_scale=0)
    assert trace.source.truncation_side == "left" and trace.truncated
    assert trace.tokens[1:-1] == tuple(TEXT.split())[-10:]
    assert [TEXT[slice(*span)] for span in trace.spans if span] == TEXT.split()[-10:]
    assert any("last 12 tokens" in note for note in model.notes)
    model.tokenizer.model_max_length = 12  # what its owner has to say to transformers
    assert_equals_hugging_face(folder, model, TEXT)
    assert_equals_hugging_face(folder, model, TEXT, TEXT)


def test_model_max_length_limits_texts(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, {"model_max_length": 16})
    model = ltp_viz.load_model(folder)
    assert model.config.max_text_tokens == inspect_checkpoint(folder).config.max_text_tokens == 16
    assert len(model.trace(TEXT * 3).tokens) == 16
    assert model.predict([TEXT * 3]).lengths.tolist() == [16]
    assert_equals_hugging_face(folder, model, TEXT * 3)
    with pytest.raises(InputError, match="holds 17 tokens; give at most 16"):
        model.trace_ids([5] * 17)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_max_length": 3}))
    with pytest.raises(InputError, match="model_max_length 3; give 8 or more"):
        ltp_viz.load_model(folder)


def test_a_tokenizer_without_segments_gives_none_to_any_path(tmp_path: Path) -> None:
    folder = save_bert(tmp_path, {"model_input_names": ["input_ids", "attention_mask"]})
    model = ltp_viz.load_model(folder)
    trace = model.trace(*PAIR, global_scale=0)
    assert trace.source.token_type_ids is None and set(trace.segments) == {0, 1}
    assert_equals_hugging_face(folder, model, *PAIR)
    swept = sweep_text(model, trace.source, [0.0])
    np.testing.assert_allclose(swept.logits[0], trace.logits, atol=1e-5)
    assert any("no segments" in note for note in model.notes)


def test_ids_of_a_pair_need_their_segments(tmp_path: Path) -> None:
    model = ltp_viz.load_model(save_bert(tmp_path, id2label=NLI))
    trace = model.trace(*PAIR, global_scale=0)
    with pytest.raises(InputError, match="tells them apart by segments; give token_type_ids"):
        model.trace_ids(trace.input_ids)
    again = model.trace_ids(trace.input_ids, 0, token_type_ids=trace.segments)
    np.testing.assert_allclose(again.logits, trace.logits, atol=1e-6)
    assert again.segments == trace.segments
    with pytest.raises(InputError, match="give as many of both"):
        model.trace_ids(trace.input_ids, token_type_ids=[0])
    with pytest.raises(InputError, match="from 0 to 1, the segments"):
        model.trace_ids([2, 5, 3], token_type_ids=[0, 0, 2])


@pytest.mark.parametrize("text", ["a <pad> warm film <pad> <pad> .", "<pad> a film .", "a film <pad>"])
def test_a_padding_token_in_a_text_is_not_counted(tmp_path: Path, text: str) -> None:
    folder = save_roberta(tmp_path)
    model = ltp_viz.load_model(folder)
    assert_equals_hugging_face(folder, model, text)
    assert_equals_hugging_face(folder, model, text, PAIR[1])
    together = model.predict([TEXT, text, PAIR[0], text], global_scale=0).logits
    np.testing.assert_allclose(together[1], model.trace(text, global_scale=0).logits, atol=1e-5)
    np.testing.assert_allclose(together[3], together[1], atol=1e-6)
    trace = model.trace(text)
    swept = sweep_text(model, trace.source, [0.0, 1.0])
    np.testing.assert_allclose(swept.logits[1], trace.logits, atol=1e-5)


def test_the_default_dtype_of_the_caller_changes_nothing(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    expected = ltp_viz.load_model(folder).trace(TEXT).logits
    torch.set_default_dtype(torch.float64)
    try:
        model = ltp_viz.load_model(folder)
        assert model.model.dtype == torch.float32
        np.testing.assert_array_equal(model.trace(TEXT).logits, expected)
    finally:
        torch.set_default_dtype(torch.float32)


def test_one_label_of_several_is_a_yes_or_no(tmp_path: Path) -> None:
    names = {0: "joy", 1: "anger", 2: "fear"}
    folder = save_bert(tmp_path, id2label=names, problem_type="multi_label_classification")
    model = ltp_viz.load_model(folder)
    whole, one = model.trace(TEXT, global_scale=0), model.for_label("anger")
    trace = one.trace(TEXT, global_scale=0)
    assert one.labels == ("not anger", "anger") and one.output == 1
    np.testing.assert_allclose(trace.probabilities[1], whole.probabilities[1], atol=1e-6)
    assert model.labels == tuple(names.values()) and model.trace(TEXT, global_scale=0).label == whole.label
    assert one.model.layers is model.model.layers  # weights are shared
    one.save_pretrained(tmp_path / "anger")
    again = ltp_viz.load_model(tmp_path / "anger")
    np.testing.assert_allclose(again.trace(TEXT, global_scale=0).logits, trace.logits, atol=1e-6)
    with pytest.raises(InputError, match="has no label 'hope'; give one of joy, anger, fear"):
        model.for_label("hope")
    with pytest.raises(InputError, match="answers from all of its 2 outputs together"):
        ltp_viz.load_model("sst2").for_label("positive")


def test_a_multi_label_model_trains_on_binary_cross_entropy(tmp_path: Path) -> None:
    names = {0: "joy", 1: "anger"}
    folder = save_bert(tmp_path, id2label=names, problem_type="multi_label_classification")
    model = ltp_viz.load_model(folder).model
    ids, truth = torch.tensor([[2, 5, 6, 3], [2, 7, 8, 3]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    output = model(input_ids=ids, labels=truth)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(output.logits, truth)
    torch.testing.assert_close(output.loss, expected)
