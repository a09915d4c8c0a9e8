"""Pruned and dense forwards on the clock, beside what their FLOPs promise.

Dense is Hugging Face's own sdpa model of the same shape on the same length-sorted batches; packed is this
engine with nothing dropped. Tokenization is left out of every time.
"""

import copy
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertForSequenceClassification

from ltp_viz.analysis.timing import alternate
from ltp_viz.core import native_attention
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.flops import dense_macs
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.sweep import run_sweep
from ltp_viz.data.classifier import TextClassifier, run_macs

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
TokenIds = Sequence[int]


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on. `matmul_gflops` is the best square product found per dtype."""

    processor: str
    threads: int
    torch: str
    attention: str  # "native" where the C kernel runs, otherwise "torch"
    matmul_gflops: dict[str, float]


@dataclass(frozen=True)
class Cell:
    """One combination of texts, batch size and dtype. Times in milliseconds per text.

    Every batch is run the three ways in turn, `rounds` times at least; its medians are added up over the
    batches, so that a machine that drifts hits all three alike.
    """

    name: str
    dtype: str
    batch_size: int
    texts: int
    mean_tokens: float
    dense_ms: float  # Hugging Face, sdpa
    packed_ms: float  # this engine at scale 0
    pruned_ms: float  # this engine at the scale asked for
    rounds: int
    packed_speed_up: float
    speed_up: float
    flops_reduction: float
    dense_peak_share: float  # achieved share of the matrix-product peak
    pruned_peak_share: float

    @property
    def realised(self) -> float:
        """Share of the FLOPs reduction that arrives on the clock."""
        return self.speed_up / self.flops_reduction

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "realised": self.realised}


@dataclass(frozen=True)
class SweepCost:
    """Time of a sweep over one text, alone and in pruned forwards of the same text."""

    scales: int
    tokens: int
    sweep_ms: float
    forward_ms: float
    forwards: float


def machine_facts(dtypes: Sequence[str]) -> Machine:
    """Name, threads and matrix-product peak of this machine."""
    return Machine(
        _processor_name(),
        torch.get_num_threads(),
        torch.__version__,
        "torch" if native_attention.load_kernel() is None else "native",
        {name: round(_matmul_gflops(DTYPES[name]), 1) for name in dtypes},
    )


def dense_twin(config: LTPConfig) -> BertForSequenceClassification:
    """Hugging Face's BERT of the same shape; time does not depend on the values of its weights."""
    make_config: Any = BertConfig  # whose stubs lack the arguments that every configuration takes
    shape = make_config(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        intermediate_size=config.intermediate_size,
        max_position_embeddings=config.max_position_embeddings,
        num_labels=config.num_classes,
        attn_implementation="sdpa",
    )
    return BertForSequenceClassification(shape).eval()


class Benchmark:
    """Times one classifier, its thresholds times a scale. Holds a dense twin and a model copy per dtype."""

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
        dense: nn.Module = dense_twin(self.config)
        self._dense = {name: copy.deepcopy(dense).to(DTYPES[name]) for name in dtypes}
        self._models: dict[str, LTPForSequenceClassification] = {
            name: copy.deepcopy(classifier.model).to(DTYPES[name]) for name in dtypes
        }

    @torch.inference_mode()
    def cell(self, name: str, rows: Sequence[TokenIds], batch_size: int, dtype: str) -> Cell:
        """Dense, packed and pruned over texts given as token ids, in batches sorted by length."""
        rows = sorted(rows, key=len)
        batches = [rows[first : first + batch_size] for first in range(0, len(rows), batch_size)]
        seconds = {"dense": 0.0, "packed": 0.0, "pruned": 0.0}
        macs, rounds = 0, []
        for batch in batches:
            times, batch_macs = self._time_batch(batch, dtype, self.budget_s / len(batches))
            for key, measured in times.items():
                seconds[key] += statistics.median(measured)
            macs += batch_macs
            rounds.append(len(times["dense"]))
        full_macs = sum(dense_macs(len(row), self.config) for row in rows)
        peak = 1e9 * self.machine.matmul_gflops[dtype]
        return Cell(
            name=name,
            dtype=dtype,
            batch_size=batch_size,
            texts=len(rows),
            mean_tokens=round(float(np.mean([len(row) for row in rows])), 1),
            dense_ms=1e3 * seconds["dense"] / len(rows),
            packed_ms=1e3 * seconds["packed"] / len(rows),
            pruned_ms=1e3 * seconds["pruned"] / len(rows),
            rounds=min(rounds),
            packed_speed_up=seconds["dense"] / seconds["packed"],
            speed_up=seconds["dense"] / seconds["pruned"],
            flops_reduction=full_macs / macs,
            dense_peak_share=2 * full_macs / seconds["dense"] / peak,
            pruned_peak_share=2 * macs / seconds["pruned"] / peak,
        )

    def _time_batch(
        self, batch: Sequence[TokenIds], dtype: str, budget_s: float
    ) -> tuple[dict[str, list[float]], int]:
        """Seconds per round of the three ways to run one batch, in turn, and the pruned MACs."""
        padded_ids, mask = _padded(batch)
        ids, lengths = torch.tensor([i for row in batch for i in row]), tuple(map(len, batch))
        dense, model = self._dense[dtype], self._models[dtype]

        def run_own(rule: ThresholdRule) -> EncoderRun:
            run = model.run(ids, lengths, None, rule)
            model.classify(run.final)
            return run

        times = alternate(
            {
                "dense": lambda: dense(input_ids=padded_ids, attention_mask=mask),
                "packed": lambda: run_own(self._no_rule),
                "pruned": lambda: run_own(self._rule),
            },
            budget_s,
            min_rounds=5,
        )
        return times, int(run_macs(run_own(self._rule), self.config).sum())

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


def _padded(batch: Sequence[TokenIds]) -> tuple[Tensor, Tensor]:
    ids = pad_sequence([torch.tensor(row) for row in batch], batch_first=True)
    mask = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in batch], batch_first=True)
    return ids, mask


def _matmul_gflops(dtype: torch.dtype) -> float:
    best = 0.0
    with torch.inference_mode():
        for size in (512, 1024, 2048):
            square = torch.randn(size, size, dtype=dtype)
            product = partial(torch.mm, square, square)
            seconds = alternate({"product": product}, budget_s=0.5)["product"]
            best = max(best, 2 * size**3 / statistics.median(seconds) / 1e9)
    return best


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine() or f"{os.cpu_count()} cores"
