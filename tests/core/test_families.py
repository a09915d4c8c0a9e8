"""Laws that every supported family keeps, whatever its layout."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertTokenizer, CLIPConfig, GPT2Config

import ltp_viz
from ltp_viz.analysis.attention_received import attention_by_reader
from ltp_viz.analysis.why.attribution import copies_logits, integrated_gradients
from ltp_viz.core.attention.reference import reference_attention
from ltp_viz.core.encoder import EncoderRun, encoder_layer
from ltp_viz.core.families import LAYOUTS, WITHOUT_LAYOUT
from ltp_viz.core.families.convert import convert_classifier, convert_config
from ltp_viz.core.flops import dense_macs, macs_by_text, run_macs
from ltp_viz.core.forced import ForcedRule, ForcedTokens
from ltp_viz.core.limits import PROCESSOR
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.in_context import InContextRule
from ltp_viz.core.rules.power_bert import PowerBertRule
from ltp_viz.core.rules.replay import ReplayRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.rules.tome import MergeRule
from ltp_viz.core.sweep import run_sweep
from ltp_viz.training.soft_pruning import SoftPruningModel
from tests.core.family_cases import CASES, LONGEST, dense_model, pruned_model, random_ids, segments_of
from tests.core.masked_keys import layers_of, masked_run
from tests.hostile.tiny_model import WORDS

every_case = pytest.mark.parametrize("case", CASES)
NEVER = ThresholdRule((0.0,) * 9)


def run_of(
    case: str,
    ids: Tensor,
    lengths: tuple[int, ...],
    rule: ReductionRule | None = None,
    previous: EncoderRun | None = None,
) -> EncoderRun:
    """All layers over texts end to end, by default under the thresholds, scored everywhere."""
    model = pruned_model(case)
    parts = [segments_of(case, length) for length in lengths]
    segments = None if parts[0] is None else torch.cat(parts)  # type: ignore[arg-type]
    rule = rule or ThresholdRule(tuple(model.config.thresholds))
    with torch.inference_mode():
        return model.run(
            ids,
            lengths,
            segments,
            rule,
            score_all_layers=True,
            previous=() if previous is None else previous.steps,
        )


def milder(case: str) -> LTPForSequenceClassification:
    """The model as a less steep function, which quadrature and rounding can follow."""
    model = copy.deepcopy(pruned_model(case))
    for weight in model.parameters():
        weight.data *= 1.0 if weight.ndim < 2 else 0.4
    return model


def alive_in(run: EncoderRun, count: int) -> list[Tensor]:
    """Which of a text's tokens enter each layer and leave the last one, (1 + L) times (n,)."""
    alive = [torch.ones(count, dtype=torch.bool)]
    for step in run.steps:
        alive.append(torch.zeros(count, dtype=torch.bool))
        alive[-1][step.survivors.positions] = True
    return alive


def test_every_family_is_tested() -> None:
    assert {config.model_type for _, config in CASES.values()} == {*LAYOUTS}


@every_case
@pytest.mark.parametrize("lengths", [(30,), (LONGEST,), (30, 1, 17, 8)])
def test_scale_zero_equals_hugging_face(case: str, lengths: tuple[int, ...]) -> None:
    dense, pruned = dense_model(case), pruned_model(case)
    assert pruned.config.thresholds_learned is False and pruned.config.max_text_tokens == LONGEST
    ids = torch.stack([random_ids(max(lengths), seed) for seed in range(len(lengths))])
    mask = torch.ones_like(ids)
    for row, length in enumerate(lengths):
        ids[row, length:], mask[row, length:] = dense.config.pad_token_id, 0
    extra = {}
    if (segments := segments_of(case, ids.shape[1])) is not None:
        extra["token_type_ids"] = segments.expand(ids.shape)
    before = ids.clone(), mask.clone()
    with torch.inference_mode():
        expected = dense(input_ids=ids, attention_mask=mask, **extra).logits
        actual = pruned(input_ids=ids, attention_mask=mask, global_scale=0.0, **extra).logits
    assert expected.abs().max() > 0.1
    assert (actual - expected).abs().max() < 1e-4
    assert torch.equal(ids, before[0]) and torch.equal(mask, before[1])


@every_case
def test_removal_equals_hidden_keys_and_scores_equal_their_attention(case: str) -> None:
    count, model = 40, pruned_model(case)
    ids = random_ids(count)
    run = run_of(case, ids, (count,))
    alive = alive_in(run, count)
    kept = [int(mask.sum()) for mask in alive]
    assert kept == sorted(kept, reverse=True) and 1 < kept[-1] < kept[1] < count
    logits, attention = masked_run(case, ids, segments_of(case, count), alive)
    with torch.inference_mode():
        assert (model.classify(run.final)[0] - logits).abs().max() < 1e-4
    divisor = model.config.num_attention_heads * model.config.score_reference_length
    for step, there, probabilities in zip(run.steps, alive, attention, strict=False):
        assert step.scores is not None
        received = probabilities[:, there].sum((0, 1))[there]  # over heads and queries that are still there
        torch.testing.assert_close(step.scores, received / divisor, atol=1e-6, rtol=1e-4)


@every_case
@pytest.mark.parametrize("kernel", ["native", "torch"])
def test_batched_equals_one_by_one(case: str, kernel: str, use_kernel: Any) -> None:
    use_kernel(kernel)
    lengths = (30, 3, 41, 17)
    ids = random_ids(sum(lengths))
    model = pruned_model(case)
    segments = None if segments_of(case, 9) is None else torch.zeros_like(ids)
    rule = ThresholdRule(tuple(model.config.thresholds))
    with torch.inference_mode():
        together = model.run(ids, lengths, segments, rule, score_all_layers=True)
        logits, macs = model.classify(together.final), run_macs(together, model.config)
        start = 0
        for text, length in enumerate(lengths):
            own_ids = ids[start : start + length]
            own_segments = None if segments is None else segments[start : start + length]
            alone = model.run(own_ids, (length,), own_segments, rule, score_all_layers=True)
            for step, shared in zip(alone.steps, together.steps, strict=True):
                here = shared.survivors.text_index == text
                assert torch.equal(step.survivors.positions, shared.survivors.positions[here])
            torch.testing.assert_close(model.classify(alone.final)[0], logits[text], atol=1e-4, rtol=1e-4)
            assert run_macs(alone, model.config) == macs[text]
            start += length


@every_case
def test_all_ways_to_compute_attention_agree(case: str) -> None:
    """Of a text that is longer than what is padded together, after drops, against the definition."""
    model, count = pruned_model(case), 300
    generator = torch.Generator().manual_seed(0)
    # Positions of a text from which most tokens have been dropped, beside one that is whole.
    positions = torch.cat([torch.randperm(900, generator=generator)[:count].sort().values, torch.arange(50)])
    for module in model.layers:
        layer = encoder_layer(module)
        width = 32 // layer.heads
        rows = torch.randn(count + 50, 3, layer.heads, width, generator=generator)
        presence = torch.rand(count + 50, generator=generator) + 0.1
        for there in (None, presence):
            with torch.inference_mode():
                output, sums = layer.attention(rows, (count, 50), positions, True, there)
                expected, expected_sums = reference_attention(
                    rows, (count, 50), there, positions, layer.relation
                )
            assert sums is not None
            torch.testing.assert_close(output, expected, atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(sums, expected_sums, atol=1e-3, rtol=1e-4)


@every_case
def test_flops_equal_a_counter(case: str) -> None:
    """Torch's counter over Hugging Face's layers, less what this library does not compute per text."""
    config, count = pruned_model(case).config, 40
    # The counter follows gradients where a weight requires some.
    dense = copy.deepcopy(dense_model(case)).requires_grad_(False)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        dense(input_ids=random_ids(count)[None])
    names = [
        f"{type(dense).__name__}.{name}"
        for name, module in dense.named_modules()
        if module in layers_of(dense)
    ]
    counts = counter.get_flop_counts()
    counted = sum(sum(counts[name].values()) for name in names)
    for layer in range(config.num_hidden_layers):
        settings = config.layout
        # Projections of the relative embeddings depend on weights alone: computed once, on conversion.
        counted -= 2 * len(settings.get("terms", ())) * 2 * settings.get("span", 0) * config.hidden_size**2
        if settings.get("local", [False] * 9)[layer]:  # Hugging Face multiplies what the window hides
            near = (torch.arange(count)[:, None] - torch.arange(count)).abs() <= settings["window"]
            counted -= 2 * 2 * config.hidden_size * int((~near).sum())
    counted += sum(sum(found.values()) for name, found in counts.items() if name.endswith(".encoder.conv"))
    assert 2 * dense_macs(count, config) == pytest.approx(counted, rel=0.01)


@every_case
def test_flops_of_a_pruned_run_equal_a_counter(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    count, model = 100, copy.deepcopy(pruned_model(case))
    model.config.max_position_embeddings = 200
    if (positions := getattr(model.embeddings, "positions", None)) is not None:
        positions.weight.data = torch.randn(200, positions.weight.shape[1])
    ids = random_ids(count)
    rule = ThresholdRule(tuple(model.config.thresholds))
    batch = model.embed(ids, (count,), segments_of(case, count))
    # With gradients the layers run as torch's own products, the only ones the counter knows.
    with FlopCounterMode(display=False) as counter:
        run = model.run(ids, (count,), segments_of(case, count), rule)
    with FlopCounterMode(display=False) as before:
        model.embed(ids, (count,), segments_of(case, count))
    counted = counter.get_total_flops() - before.get_total_flops()
    layout, width = model.config.layout, model.config.hidden_size
    if layout.get("convolution"):
        counted += 2 * count * layout["convolution"] * width**2 // layout["convolution_groups"]
    entered = [batch, *(step.survivors for step in run.steps)]
    for layer, tokens in enumerate(entered[:-1]):
        if layout.get("local", [False] * 9)[layer]:  # one tile of up to 128 queries reads all keys
            far = (tokens.positions[:, None] - tokens.positions).abs() > layout["window"]
            counted -= 2 * 2 * width * int(far.sum())
    assert run.final.lengths[0] < count
    assert 2 * int(run_macs(run, model.config)[0]) == pytest.approx(counted, rel=0.01)


@every_case
def test_soft_masks_at_zero_and_one_equal_real_drops(case: str) -> None:
    lengths = (40, 23)
    ids = torch.stack([random_ids(40, seed) for seed in (3, 4)])
    mask = torch.stack([(torch.arange(40) < length).long() for length in lengths])
    model = pruned_model(case)
    soft = SoftPruningModel(model, 1e-9, 0.0, fades="attention", score_scale="linear").eval()
    with torch.no_grad():
        output = soft.soft_forward(ids, mask)
        hard = model(input_ids=ids, attention_mask=mask)
    assert {float(value) for there in output.presence for value in there} == {0.0, 1.0}
    assert (output.logits - hard.logits).abs().max() < 1e-4
    rates = output.lengths()[1:].sum(1) / sum(lengths)
    torch.testing.assert_close(rates.float(), hard.keep_rates)
    with torch.inference_mode():
        packed = ids[mask.bool()]
        segments = None if segments_of(case, 9) is None else torch.zeros_like(packed)
        run = model.run(packed, lengths, segments, ThresholdRule(tuple(model.config.thresholds)))
    assert output.macs(model.config)[0] == run_macs(run, model.config).sum()


@every_case
def test_half_the_digits_give_nearly_the_same(case: str) -> None:
    """In bf16, as the benchmark times it and GPUs may run it: dtypes meet, and nothing overflows."""
    model, ids = milder(case), random_ids(40)
    half = copy.deepcopy(model).bfloat16()
    with torch.inference_mode():
        exact = model.classify(model.run(ids, (40,), None, NEVER, score_all_layers=True).final)
        rounded = half.classify(half.run(ids, (40,), None, NEVER, score_all_layers=True).final)
    assert rounded.dtype == torch.bfloat16
    assert (rounded.float() - exact).abs().max() < 0.1 * exact.abs().max()


@every_case
def test_thresholds_learn(case: str) -> None:
    model = copy.deepcopy(pruned_model(case))
    soft = SoftPruningModel(model, 0.5, 1.0, fades="attention", score_scale="log").train()
    loss = soft(random_ids(40)[None], labels=torch.tensor([1]))["loss"]
    loss.backward()
    assert soft.thresholds.grad is not None and (soft.thresholds.grad.abs() > 0).all()
    lost = [name for name, weight in model.named_parameters() if weight.grad is None]
    # Words and segments beside, every weight takes part.
    assert not lost, lost


@every_case
def test_a_sweep_equals_runs(case: str) -> None:
    model, lengths = pruned_model(case), (40, 12)
    ids = random_ids(sum(lengths))
    segments = segments_of(case, sum(lengths))
    table = [model.effective_thresholds(scale) for scale in (0.0, 0.3, 0.7, 1.0, 1.6)]
    forced = ForcedTokens(keep=(5,), drop=(3,))
    with torch.inference_mode():
        swept = run_sweep(model, ids, lengths, segments, table, forced=forced, with_scores=True)
        for setting, thresholds in enumerate(table):
            rule = ForcedRule(ThresholdRule(thresholds), forced)
            run = model.run(ids, lengths, segments, rule, score_all_layers=True)
            depths = np.zeros(sum(lengths), dtype=np.int64)
            for step in run.steps:
                depths[step.survivors.slots().numpy()] += 1
            assert swept.depths[setting].tolist() == depths.tolist()
            torch.testing.assert_close(
                torch.from_numpy(swept.logits[setting]), model.classify(run.final), atol=1e-4, rtol=1e-4
            )
            macs = macs_by_text(swept.depths[setting], lengths, model.config).sum((1, 2))
            assert macs.tolist() == run_macs(run, model.config).tolist()
        assert swept.scores is not None and not np.isnan(swept.scores[:, 0]).any()


@every_case
def test_going_on_equals_a_run_from_the_start(case: str) -> None:
    model, ids = pruned_model(case), random_ids(40)
    thresholds = list(model.config.thresholds)
    thresholds[1] *= 1.7
    first = run_of(case, ids, (40,))
    after = run_of(case, ids, (40,), ThresholdRule(tuple(thresholds)), previous=first)
    fresh = run_of(case, ids, (40,), ThresholdRule(tuple(thresholds)))
    assert after.steps[1].survivors.lengths != first.steps[1].survivors.lengths
    assert after.steps[0] is not fresh.steps[0] and after.steps[0].survivors is first.steps[0].survivors
    assert torch.equal(after.final.positions, fresh.final.positions)
    with torch.inference_mode():
        assert torch.equal(model.classify(after.final), model.classify(fresh.final))


@every_case
@pytest.mark.parametrize("name", ["power_bert", "in_context", "tome"])
def test_rules_that_need_more_than_scores(case: str, name: str) -> None:
    layers = pruned_model(case).config.num_hidden_layers
    rule: ReductionRule = {
        "power_bert": lambda: PowerBertRule((20,) * layers),
        "in_context": lambda: InContextRule((0.7,) * layers),
        "tome": lambda: MergeRule(0.2),
    }[name]()
    model, ids = pruned_model(case), random_ids(40)
    together = run_of(case, torch.cat([ids, ids]), (40, 40), rule)
    alone = run_of(case, ids, (40,), rule)
    assert 1 <= alone.final.lengths[0] < 40 and together.final.lengths == alone.final.lengths * 2
    with torch.inference_mode():
        pair, one = model.classify(together.final), model.classify(alone.final)
    torch.testing.assert_close(pair[0], one[0], atol=1e-4, rtol=1e-4)


@every_case
def test_attributions_add_up(case: str) -> None:
    model, ids = milder(case), random_ids(20)
    segments = segments_of(case, 20)
    with torch.inference_mode():
        run = model.run(ids, (20,), segments, ThresholdRule(tuple(model.config.thresholds)))
        whole = model.classify(run.final)[0, 1]
    replay = ReplayRule.of(run)
    hidden = [int(ids[0]), *[4] * 19]
    found = integrated_gradients(model, ids.tolist(), hidden, segments, 1, replay)
    assert found.whole == pytest.approx(float(whole), abs=1e-4)
    assert abs(float(found.values.sum()) - found.difference) < max(0.01, 0.05 * abs(found.difference))
    with torch.inference_mode():
        copies = copies_logits(model, torch.stack([ids, ids]), segments, replay)
    torch.testing.assert_close(copies, whole_logits(model, run).expand(2, -1), atol=1e-4, rtol=1e-4)


def whole_logits(model: LTPForSequenceClassification, run: EncoderRun) -> Tensor:
    with torch.inference_mode():
        return model.classify(run.final)


@every_case
def test_saved_and_loaded_it_answers_the_same(case: str, tmp_path: Path) -> None:
    """From Hugging Face's format and from this library's, through the loader with all its checks."""
    dense = dense_model(case)
    dense.save_pretrained(tmp_path / "plain")
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)})
    tokenizer.save_pretrained(tmp_path / "plain")
    plain = ltp_viz.load_model(tmp_path / "plain")
    text = "a warm funny film . a film ."
    ids = torch.tensor([plain.tokenize(text).input_ids])
    with torch.inference_mode():
        expected = dense(input_ids=ids).logits[0]
    assert (torch.from_numpy(plain.trace(text, global_scale=0.0).logits) - expected).abs().max() < 1e-4

    plain.model.config.thresholds = [0.0123456789] * plain.config.num_hidden_layers
    plain.model.save_pretrained(tmp_path / "ours")
    tokenizer.save_pretrained(tmp_path / "ours")
    ours = ltp_viz.load_model(tmp_path / "ours")
    assert ours.config.thresholds == plain.config.thresholds
    assert ours.config.layout == plain.config.layout
    before, after = plain.trace(text), ours.trace(text)
    assert np.array_equal(before.keep, after.keep) and np.array_equal(before.logits, after.logits)
    # A weight that layers share is stored once.
    stored = (tmp_path / "ours/model.safetensors").stat().st_size
    assert stored < 4 * sum(weight.numel() for weight in ours.model.parameters()) + 20_000
    # The attention that is shown is the one that the scores were made of.
    analysed = ours.start(text)
    shown = analysed.trace()
    for layer in range(ours.config.num_hidden_layers):
        positions, attention = attention_by_reader(analysed, layer)
        scores = attention.sum(0).numpy() / ours.config.score_reference_length
        np.testing.assert_allclose(shown.scores[layer, positions], scores, atol=1e-6)


def test_other_families_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'gpt2' is not supported: it generates .* use modernbert or"):
        convert_config(GPT2Config())
    with pytest.raises(ValueError, match="'clip' is not supported; use one of bert"):
        convert_config(CLIPConfig())
    assert not {*WITHOUT_LAYOUT} & {*LAYOUTS}


class _Largest(TorchDispatchMode):
    """The most numbers that any result of an operator holds."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for part in result if isinstance(result, tuple | list) else (result,):
            if isinstance(part, Tensor):
                self.numbers = max(self.numbers, part.numel())
        return result


@every_case
def test_long_texts_need_no_matrix_of_all_pairs(case: str) -> None:
    count, model = 1500, pruned_model(case)
    for module in model.layers:
        layer = encoder_layer(module)
        rows = torch.randn(count, 3, layer.heads, 32 // layer.heads)
        with torch.inference_mode(), _Largest() as largest:
            layer.attention(rows, (count,), torch.arange(count), True)
        window = layer.relation.window
        keys = count if window is None else 128 + 2 * window
        assert largest.numbers <= max(layer.heads * 128 * keys, rows.numel())


@pytest.mark.parametrize("case", ["mpnet", "deberta-v2, as v3", "modernbert"])
@pytest.mark.parametrize("count", [512, 1024])
def test_at_512_tokens_twelve_heads_need_no_matrix_of_all_pairs(case: str, count: int) -> None:
    """Of twelve heads, in DeBERTa with 512 distances as in v3: keys x distances is then as large as keys x
    queries."""
    model_class, source = CASES[case]
    config = copy.deepcopy(source)
    config.hidden_size, config.num_attention_heads, config.position_buckets = 96, 12, 256
    config.max_relative_positions, config.pooler_hidden_size = 512, 96
    layer = encoder_layer(convert_classifier(model_class(config)).layers[1])
    rows = torch.randn(count, 3, layer.heads, 96 // layer.heads, generator=torch.Generator().manual_seed(1))
    positions = torch.arange(count)
    with torch.inference_mode(), _Largest() as largest:
        output, sums = layer.attention(rows, (count,), positions, True)
    tile, elements = PROCESSOR.queries_per_tile, PROCESSOR.padded_elements
    assert layer.heads == 12
    assert largest.numbers <= max(12 * tile * count, elements) < 12 * count**2 / 2
    expected, expected_sums = reference_attention(rows, (count,), None, positions, layer.relation)
    assert sums is not None
    torch.testing.assert_close(output, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(sums, expected_sums, atol=1e-3, rtol=1e-4)
