"""Measured time of pruned and dense forwards, beside the speed-up that their FLOPs predict.

Dense is Hugging Face's own model of the same family with the same weights, on the same length-sorted batches;
packed is this engine without pruning. No time includes tokenization.
"""

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from ltp_viz.analysis.machine import DTYPES, machine_facts
from ltp_viz.analysis.timing import alternate
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.families.convert import plain_classifier
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.sweep import run_sweep
from ltp_viz.data.classifier import TextClassifier

WAYS = ("dense", "packed", "pruned")
WARM_UP_ROUNDS = 2  # of every batch: run, timed and discarded
TokenIds = Sequence[int]
Spread = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """One combination of texts, batch size and dtype. Times in milliseconds per text.

    Every batch runs the three ways in turn, at least `rounds` times, so that a drift of the machine affects
    all three equally. Times are medians over rounds, summed over batches. Spreads are the lower and upper
    quartile over rounds, summed in the same way; `speed_up_spread` compares within rounds.
    """

    name: str
    dtype: str
    batch_size: int
    texts: int
    mean_tokens: float
    dense_ms: float  # Hugging Face
    packed_ms: float  # this engine without pruning (scale 0)
    pruned_ms: float  # this engine at the requested scale
    rounds: int
    packed_speed_up: float
    speed_up: float
    flops_reduction: float
    dense_peak_share: float  # share of the matrix-product peak
    pruned_peak_share: float
    dense_spread_ms: Spread
    packed_spread_ms: Spread
    pruned_spread_ms: Spread
    speed_up_spread: Spread
    dense_warm_up_ms: tuple[float, ...]  # the discarded rounds, in order
    packed_warm_up_ms: tuple[float, ...]
    pruned_warm_up_ms: tuple[float, ...]
    dense_attention: str  # Hugging Face's: "sdpa", or "eager" where its class offers only that
    dense_mflops: float  # of the encoder's matrix products, per text
    pruned_mflops: float

    def ms(self, way: str) -> float:
        """Median time per text of one of `WAYS`."""
        return float(getattr(self, f"{way}_ms"))

    def spread_ms(self, way: str) -> Spread:
        """Quartiles of the time per text of one of `WAYS`."""
        low, high = getattr(self, f"{way}_spread_ms")
        return low, high

    def warm_up_ms(self, way: str) -> tuple[float, ...]:
        """Time per text of the discarded rounds, for one of `WAYS`."""
        return tuple(getattr(self, f"{way}_warm_up_ms"))

    def mflops(self, way: str) -> float:
        """FLOPs per text for one of `WAYS`, in millions; packed drops nothing."""
        return self.pruned_mflops if way == "pruned" else self.dense_mflops

    @property
    def realised(self) -> float:
        """Measured speed-up as a share of the FLOPs reduction."""
        return self.speed_up / self.flops_reduction

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "realised": self.realised}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Cell":
        """Inverse of `to_dict`, also through JSON. Raises KeyError if a field is missing."""
        values: dict[str, Any] = {field.name: record[field.name] for field in fields(cls)}
        for name, value in values.items():
            values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


@dataclass(frozen=True)
class SweepCost:
    """Time of a sweep over one text, in ms and as a number of pruned forwards of the same text."""

    scales: int
    tokens: int
    sweep_ms: float
    forward_ms: float
    forwards: float


@dataclass(frozen=True)
class _TimedBatch:
    """Seconds per round of the three ways to run one batch, in turn, and the pruned MACs."""

    warm_up: dict[str, list[float]]
    seconds: dict[str, list[float]]
    macs: int


class Benchmark:
    """Times one classifier on the processor, with all thresholds multiplied by a scale.

    Holds Hugging Face's model and a copy of this one per dtype.
    """

    def __init__(
        self,
        classifier: TextClassifier,
        dtypes: Sequence[str],
        budget_s: float = 2.0,
        global_scale: float = 1.0,
    ):
        self.config = classifier.config
        self.budget_s = budget_s
        self.machine = machine_facts(dtypes)
        self._rule = ThresholdRule(classifier.model.effective_thresholds(global_scale))
        self._no_rule = ThresholdRule(classifier.model.effective_thresholds(0.0))
        dense = plain_classifier(classifier.model)
        self._dense_attention = str(dense.config._attn_implementation)
        self._dense: dict[str, PreTrainedModel] = {
            name: copy.deepcopy(dense).to(DTYPES[name])  # type: ignore[arg-type]
            for name in dtypes
        }
        self._models: dict[str, LTPForSequenceClassification] = {
            name: copy.deepcopy(classifier.model).to(device="cpu", dtype=DTYPES[name]) for name in dtypes
        }

    @torch.inference_mode()
    def cell(self, name: str, rows: Sequence[TokenIds], batch_size: int, dtype: str) -> Cell:
        """Dense, packed and pruned over texts given as token ids, in batches sorted by length."""
        rows = sorted(rows, key=len)
        batches = [rows[first : first + batch_size] for first in range(0, len(rows), batch_size)]
        timed = [self._time_batch(batch, dtype, self.budget_s / len(batches)) for batch in batches]
        macs = sum(batch.macs for batch in timed)
        full_macs = sum(dense_macs(len(row), self.config) for row in rows)
        seconds = {way: sum(statistics.median(batch.seconds[way]) for batch in timed) for way in WAYS}
        peak = 1e9 * self.machine.matmul_gflops[dtype]
        per_text = 1e3 / len(rows)

        def spread(way: str) -> Spread:
            low, high = np.sum([np.percentile(batch.seconds[way], (25, 75)) for batch in timed], axis=0)
            return float(low) * per_text, float(high) * per_text

        def warm_up(way: str) -> tuple[float, ...]:
            return tuple(float(s) * per_text for s in np.sum([batch.warm_up[way] for batch in timed], axis=0))

        return Cell(
            name=name,
            dtype=dtype,
            batch_size=batch_size,
            texts=len(rows),
            mean_tokens=round(float(np.mean([len(row) for row in rows])), 1),
            dense_ms=seconds["dense"] * per_text,
            packed_ms=seconds["packed"] * per_text,
            pruned_ms=seconds["pruned"] * per_text,
            rounds=min(len(batch.seconds["dense"]) for batch in timed),
            packed_speed_up=seconds["dense"] / seconds["packed"],
            speed_up=seconds["dense"] / seconds["pruned"],
            flops_reduction=full_macs / macs,
            dense_peak_share=2 * full_macs / seconds["dense"] / peak,
            pruned_peak_share=2 * macs / seconds["pruned"] / peak,
            dense_spread_ms=spread("dense"),
            packed_spread_ms=spread("packed"),
            pruned_spread_ms=spread("pruned"),
            speed_up_spread=_speed_up_spread(timed, seconds["dense"] / seconds["pruned"]),
            dense_warm_up_ms=warm_up("dense"),
            packed_warm_up_ms=warm_up("packed"),
            pruned_warm_up_ms=warm_up("pruned"),
            dense_attention=self._dense_attention,
            dense_mflops=2e-6 * full_macs / len(rows),
            pruned_mflops=2e-6 * macs / len(rows),
        )

    def _time_batch(self, batch: Sequence[TokenIds], dtype: str, budget_s: float) -> "_TimedBatch":
        padded_ids, mask = _padded(batch, self.config.pad_token_id or 0)
        ids, lengths = torch.tensor([i for row in batch for i in row]), tuple(map(len, batch))
        dense, model = self._dense[dtype], self._models[dtype]
        every: dict[str, list[float]] = {way: [] for way in WAYS}

        def run_own(rule: ThresholdRule) -> EncoderRun:
            run = model.run(ids, lengths, None, rule)
            model.classify(run.final)
            return run

        def timed_run(way: str, run: Callable[[], object]) -> Callable[[], None]:
            def timed() -> None:
                started = time.perf_counter()
                run()
                every[way].append(time.perf_counter() - started)

            return timed

        runs: dict[str, Callable[[], object]] = {
            "dense": lambda: dense(input_ids=padded_ids, attention_mask=mask),
            "packed": lambda: run_own(self._no_rule),
            "pruned": lambda: run_own(self._rule),
        }
        # `alternate` does not return the first round, which is shown as part of the warm-up.
        alternate({way: timed_run(way, run) for way, run in runs.items()}, budget_s, min_rounds=6)
        return _TimedBatch(
            warm_up={way: seconds[:WARM_UP_ROUNDS] for way, seconds in every.items()},
            seconds={way: seconds[WARM_UP_ROUNDS:] for way, seconds in every.items()},
            macs=int(run_macs(run_own(self._rule), self.config).sum()),
        )

    @torch.inference_mode()
    def sweep_cost(self, rows: Sequence[TokenIds], scales: Sequence[float]) -> SweepCost:
        """All scales in one pass against one pruned forward, fp32, text by text."""
        model = self._models["float32"]
        thresholds = [model.effective_thresholds(scale) for scale in scales]
        sweeps, forwards = [], []

        def forward(ids: Tensor) -> Tensor:
            return model.classify(model.run(ids, (len(ids),), None, self._rule).final)

        for row in rows:
            ids = torch.tensor(row)
            sweep = partial(run_sweep, model, ids, (len(row),), None, thresholds)
            runs: dict[str, Callable[[], object]] = {"sweep": sweep, "forward": partial(forward, ids)}
            times = alternate(runs, self.budget_s / len(rows), min_rounds=5)
            sweeps.append(statistics.median(times["sweep"]))
            forwards.append(statistics.median(times["forward"]))
        return SweepCost(
            scales=len(scales),
            tokens=len(rows[0]),
            sweep_ms=1e3 * statistics.median(sweeps),
            forward_ms=1e3 * statistics.median(forwards),
            forwards=statistics.median(a / b for a, b in zip(sweeps, forwards, strict=True)),
        )

    @torch.inference_mode()
    def agreement(self, rows: Sequence[TokenIds], dtype: str) -> float:
        """Share of token-layer pairs, over every layer and token, that `dtype` decides as fp32 does."""
        same = total = 0
        for row in rows:
            kept = []
            for name in ("float32", dtype):
                run = self._models[name].run(torch.tensor(row), (len(row),), None, self._rule)
                alive = torch.zeros(len(run.steps), len(row), dtype=torch.bool)
                for layer, step in enumerate(run.steps):
                    alive[layer, step.survivors.positions] = True
                kept.append(alive)
            same += int((kept[0] == kept[1]).sum())
            total += kept[0].numel()
        return same / total


def growth_exponent(cells: Sequence[Cell], of: str, over: str) -> float:
    """Slope of log time against log `over`: 1 is linear growth. `of` names a time of `Cell`."""
    x = np.log([getattr(cell, over) for cell in cells])
    y = np.log([getattr(cell, of) for cell in cells])
    return float(np.polyfit(x, y, 1)[0])


def _speed_up_spread(timed: Sequence[_TimedBatch], speed_up: float) -> Spread:
    """Quartiles of dense over pruned time within a round, batches weighed by their dense time.

    Widened to include the speed-up of the medians, which may lie outside on a noisy machine.
    """
    quartiles, weights = [], []
    for batch in timed:
        ratios = np.divide(batch.seconds["dense"], batch.seconds["pruned"])
        quartiles.append(np.percentile(ratios, (25, 75)))
        weights.append(statistics.median(batch.seconds["dense"]))
    low, high = np.average(quartiles, axis=0, weights=weights)
    return min(float(low), speed_up), max(float(high), speed_up)


def _padded(batch: Sequence[TokenIds], padding: int) -> tuple[Tensor, Tensor]:
    ids = pad_sequence([torch.tensor(row) for row in batch], batch_first=True, padding_value=padding)
    mask = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in batch], batch_first=True)
    return ids, mask
