"""Attributions add up, equal Captum's, and do not affect the shared model."""

import copy
import gc
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor, nn

import ltp_viz
from ltp_viz.analysis.why import attribution
from ltp_viz.analysis.why.attribution import copies_logits, integrated_gradients, occlusion, private_twin
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import Reduction, ReductionRule
from ltp_viz.core.rules.package import PackageRule
from ltp_viz.core.rules.replay import ReplayRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule

THRESHOLDS = (0.004, 0.006, 0.009, 0.012)
HIDDEN = 3
IDS = [1, *torch.randint(4, 200, (18,), generator=torch.Generator().manual_seed(3)).tolist(), 2]
HIDDEN_IDS = [1, *[HIDDEN] * 18, 2]


def held(model: LTPForSequenceClassification, rule: ReductionRule) -> ReplayRule:
    with torch.inference_mode():
        run = model.run(torch.tensor(IDS), (len(IDS),), None, rule, score_all_layers=True)
    return ReplayRule.of(run)


def answers(model: LTPForSequenceClassification) -> Tensor:
    """What another user computes on the model."""
    with torch.inference_mode():
        run = model.run(torch.tensor(IDS * 2), (len(IDS),) * 2, None, ThresholdRule(THRESHOLDS))
        return model.classify(run.final)


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


RULES = [ThresholdRule(THRESHOLDS), ThresholdRule((0.0,) * 4), MergeRule(0.15), PackageRule(THRESHOLDS)]


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("target", [0, 2])
def test_values_add_up(pruned_bert: LTPForSequenceClassification, rule: ReductionRule, target: int) -> None:
    """Sum of the values = f(text) - f(hidden) + delta; and f(text) is the run's own logit."""
    replay = held(pruned_bert, rule)
    found = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, target, replay)
    with torch.inference_mode():
        whole = pruned_bert.classify(pruned_bert.run(torch.tensor(IDS), (20,), None, rule).final)[0, target]
    assert found.whole == pytest.approx(float(whole), abs=1e-5)
    assert found.values.sum() == pytest.approx(found.difference + found.delta, abs=1e-4)
    assert abs(found.delta) <= max(0.01, 0.05 * abs(found.difference))
    assert found.values[0] == found.values[-1] == 0  # what was not hidden gets nothing
    assert np.count_nonzero(found.values[1:-1]) == 18


def test_values_and_delta_are_captums(pruned_bert: LTPForSequenceClassification) -> None:
    replay, text, hidden = held(pruned_bert, RULES[0]), torch.tensor([IDS]), torch.tensor([HIDDEN_IDS])
    found = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, replay)
    own = copy.deepcopy(pruned_bert)
    values, delta = LayerIntegratedGradients(
        lambda ids: copies_logits(own, ids, None, replay), own.embeddings.words
    ).attribute(text, hidden, target=1, n_steps=found.steps, return_convergence_delta=True)
    np.testing.assert_allclose(found.values, values[0].sum(-1).detach().numpy(), rtol=1e-3, atol=1e-5)
    assert found.delta == pytest.approx(float(delta[0]), abs=1e-4)


def test_more_steps_where_the_delta_is_large(
    pruned_bert: LTPForSequenceClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = held(pruned_bert, RULES[0])
    monkeypatch.setattr(attribution, "STEPS", (1, 64))
    refined = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, replay)
    monkeypatch.setattr(attribution, "STEPS", (1,))
    rough = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, replay)
    assert (rough.steps, refined.steps) == (1, 64)
    assert abs(refined.delta) < 0.05 * abs(refined.difference) < abs(rough.delta)


def test_batches_make_no_difference(
    pruned_bert: LTPForSequenceClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay, words = held(pruned_bert, RULES[0]), [(1, 2), (5,), (6, 7, 8)]

    def both() -> tuple[Any, Any, list[int]]:
        sizes: list[int] = []
        found = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, replay, sizes.append)
        return found, occlusion(pruned_bert, IDS, HIDDEN, None, words, 1, RULES[0], sizes.append), sizes

    path, values, sizes = both()
    monkeypatch.setattr(attribution, "_BATCH_TOKENS", 2 * len(IDS))
    path_of_two, values_of_two, sizes_of_two = both()
    assert max(sizes) > 2 == max(sizes_of_two)
    np.testing.assert_allclose(path.values, path_of_two.values, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(values, values_of_two, rtol=1e-3, atol=1e-5)


def test_a_batch_is_limited_in_size(classifier: ltp_viz.TextClassifier) -> None:
    sizes = [attribution._copies_at_once(length, classifier.config) for length in (10, 30, 128, 512)]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] == 1 and sizes[1] > 8
    config = copy.deepcopy(classifier.config)
    config.num_hidden_layers = 24
    assert attribution._copies_at_once(512, config) == 1


def test_dropped_tokens_count_only_through_the_layers_they_saw(
    pruned_bert: LTPForSequenceClassification,
) -> None:
    """Tokens that the first layer drops affect the answer only through its attention: with that removed
    their attribution is exactly zero, and that of the others is not."""
    keep = torch.zeros(20, dtype=torch.bool)
    keep[:6] = True
    first = held(pruned_bert, RULES[1]).reductions
    rule = ReplayRule((Reduction(keep), *first[1:]))
    as_it_is = integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, rule)
    assert (as_it_is.values[6:-1] != 0).all()
    deaf = copy.deepcopy(pruned_bert)
    with torch.no_grad():
        deaf.layers[0].attention_output.weight.zero_()
    found = integrated_gradients(deaf, IDS, HIDDEN_IDS, None, 1, rule)
    assert (found.values[6:] == 0).all() and (found.values[1:6] != 0).all()
    assert found.values.sum() == pytest.approx(found.difference + found.delta, abs=1e-4)


def test_occlusion_is_a_run_without_the_word(pruned_bert: LTPForSequenceClassification) -> None:
    """Each value is the logit of the text minus that of a text in which the rule decides again."""
    words = [(1,), (2, 3), (4,), (9, 10, 11), (18,)]
    found = occlusion(pruned_bert, IDS, HIDDEN, None, words, 0, RULES[0])
    kept = set()
    with torch.inference_mode():
        for value, positions in zip(found, words, strict=True):
            other = [HIDDEN if at in positions else token for at, token in enumerate(IDS)]
            runs = [pruned_bert.run(torch.tensor(ids), (20,), None, RULES[0]) for ids in (IDS, other)]
            logits = [float(pruned_bert.classify(run.final)[0, 0]) for run in runs]
            assert value == pytest.approx(logits[0] - logits[1], abs=1e-4)
            kept.add(tuple(step.survivors.positions.tolist()[-1] for step in runs[1].steps))
    assert len(kept) > 1  # decisions did change


def test_a_twin_shares_the_weights_and_nothing_else(pruned_bert: LTPForSequenceClassification) -> None:
    answers(pruned_bert)  # weights are packed now
    twin = private_twin(pruned_bert)
    theirs, own = dict(pruned_bert.named_parameters()), dict(twin.named_parameters())
    assert own.keys() == theirs.keys()
    assert all(own[name].data_ptr() == theirs[name].data_ptr() for name in own)
    assert not any(weight.requires_grad for weight in own.values())
    assert all(weight.requires_grad for weight in theirs.values())
    assert not {id(module) for module in twin.modules()} & {id(module) for module in pruned_bert.modules()}
    replay = held(pruned_bert, RULES[0])
    made: list[LTPForSequenceClassification] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attribution, "private_twin", lambda model: made.append(private_twin(model)) or made[-1])
        integrated_gradients(pruned_bert, IDS, HIDDEN_IDS, None, 1, replay)
    packed = [getattr(module, "_packed", None) for module in made[0].modules()]
    assert all(each is None for each in packed)  # no second copy of the weights


@dataclass
class Bystander:
    """Another user who runs the model in another thread, in the middle of each batch of an attribution."""

    model: LTPForSequenceClassification
    expected: Tensor
    disturbed: int = 0
    runs: int = 0

    def __call__(self, copies: int) -> None:
        thread = threading.Thread(target=self._run)
        thread.start()
        thread.join()

    def _run(self) -> None:
        self.runs += 1
        try:
            self.disturbed += not torch.equal(answers(self.model), self.expected)
        except Exception:  # shapes need not even fit
            self.disturbed += 1


def disturbed_by_attribution(model: LTPForSequenceClassification) -> Bystander:
    bystander = Bystander(model, answers(model))
    integrated_gradients(model, IDS, HIDDEN_IDS, None, 1, held(model, RULES[0]), bystander)
    return bystander


def test_nobody_else_is_disturbed(pruned_bert: LTPForSequenceClassification) -> None:
    bystander = disturbed_by_attribution(pruned_bert)
    assert bystander.runs >= 5 and bystander.disturbed == 0


def test_without_the_twin_others_would_be(
    pruned_bert: LTPForSequenceClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same check fails where Captum gets the shared model, so the twin is what protects the others."""
    monkeypatch.setattr(attribution, "private_twin", lambda model: model)
    assert disturbed_by_attribution(pruned_bert).disturbed > 0


def test_many_threads_at_once(classifier: ltp_viz.TextClassifier) -> None:
    """Threads that run the shared classifier during an attribution get bit-identical results."""
    source = classifier.tokenize("A warm, funny little film that never wastes a minute.")
    rule = ThresholdRule(classifier.model.effective_thresholds())
    texts = ["Dull and far too long.", "Not bad at all, I must say.", "Meh"]
    expected = [classifier.trace(text).logits for text in texts]
    stop, wrong, count = threading.Event(), [0], [0]

    def forwards(text: str, logits: Any) -> None:
        while not stop.is_set():
            wrong[0] += not np.array_equal(classifier.trace(text).logits, logits)
            count[0] += 1

    threads = [threading.Thread(target=forwards, args=pair) for pair in zip(texts, expected, strict=True)]
    for thread in threads:
        thread.start()
    replay = ReplayRule.of(classifier.run([source], rule, score_all_layers=True))
    hidden = [103 if span else token for token, span in zip(source.input_ids, source.spans, strict=True)]
    segments = classifier.segments([source])
    found = [
        integrated_gradients(classifier.model, source.input_ids, hidden, segments, 1, replay)
        for _ in range(3)
    ]
    stop.set()
    for thread in threads:
        thread.join()
    assert count[0] > 10 and wrong[0] == 0
    np.testing.assert_array_equal(found[0].values, found[1].values)


@pytest.mark.parametrize("after", [1, 3, 5, 8])
def test_cancel_ends_within_a_batch_and_leaves_nothing(
    pruned_bert: LTPForSequenceClassification, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(attribution, "_BATCH_TOKENS", 4 * len(IDS))
    made: list[LTPForSequenceClassification] = []
    monkeypatch.setattr(
        attribution, "private_twin", lambda model: made.append(private_twin(model)) or made[-1]
    )
    before, calls = {name: weight.clone() for name, weight in pruned_bert.state_dict().items()}, [0]

    def watch(copies: int) -> None:
        calls[0] += 1
        if calls[0] == after:
            raise KeyboardInterrupt

    ids, hidden_ids = list(IDS), list(HIDDEN_IDS)
    runs: Sequence[Callable[[], object]] = (
        lambda: integrated_gradients(
            pruned_bert, ids, hidden_ids, None, 1, held(pruned_bert, RULES[0]), watch
        ),
        lambda: occlusion(pruned_bert, ids, HIDDEN, None, [(k,) for k in range(1, 19)], 1, RULES[0], watch),
    )
    for run in runs if after <= 5 else runs[:1]:
        calls[0] = 0
        with pytest.raises(KeyboardInterrupt):
            run()
        assert calls[0] == after  # nothing was computed after it
    assert hooks(pruned_bert) == 0 and all(hooks(twin) == 0 for twin in made)
    assert ids == IDS and hidden_ids == HIDDEN_IDS
    after_it = pruned_bert.state_dict()
    assert all(torch.equal(before[name], after_it[name]) for name in before)
    assert all(weight.grad is None for weight in pruned_bert.parameters())
    made.clear()
    gc.collect()
