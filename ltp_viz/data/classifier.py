"""The public face: a pruned encoder, its head and its tokenizer; text in, records and answers out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.forced import NOTHING_FORCED, ForcedRule, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, ReductionRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.trace import TokenizedText, Trace
from ltp_viz.core.trace_from_run import make_traces
from ltp_viz.data.errors import InputError
from ltp_viz.data.text.tokenization import packed_rows, tokenize, tokenized_rows


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers for N texts, in their order. `macs` are multiply-accumulates per text."""

    logits: NDArray[np.float32]  # (N, C); one column of numbers from a regression
    label_names: tuple[str, ...]  # (C,)
    lengths: NDArray[np.int64]  # (N,) tokens, specials included
    macs: NDArray[np.int64]  # (N,)
    dense_macs: NDArray[np.int64]  # (N,)
    elapsed_s: float  # encoder and head, tokenization left out

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Softmax of the logits, (N, C); of no meaning for a regression."""
        return torch.from_numpy(self.logits).softmax(-1).numpy()

    @property
    def labels(self) -> tuple[str, ...]:
        """The likeliest class of each text; from a regression, its number."""
        if len(self.label_names) == 1:
            return tuple(f"{value:.4g}" for value in self.logits[:, 0])
        return tuple(self.label_names[i] for i in self.logits.argmax(1))


class TextClassifier:
    """A pruned classifier. Stateless after loading, so any number of threads may share it."""

    def __init__(
        self,
        model: LTPForSequenceClassification,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        label_names: Sequence[str] | None = None,
    ):
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.name = name
        self._label_names = None if label_names is None else tuple(label_names)

    @property
    def config(self) -> LTPConfig:
        """Shape, thresholds and labels of the model."""
        return cast(LTPConfig, self.model.config)

    @property
    def device(self) -> torch.device:
        """Where the model is; every method moves its inputs there and its results back."""
        return self.model.device

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the logits."""
        return self._label_names or self.config.label_names

    def relabelled(self, names: Sequence[str]) -> "TextClassifier":
        """The same model, weights shared, whose classes are called `names`, (C,), in the logits' order.

        Raises InputError unless there is one name per class, each of its own and none empty.
        """
        names = tuple(name.strip() for name in names)
        if len(names) != len(self.labels):
            raise InputError(
                f"There are {len(names)} label names for the {len(self.labels)} outputs of {self.name!r}; "
                "give one per output."
            )
        if not all(names):
            raise InputError(f"Label name {names.index('') + 1} is empty; give every label a name.")
        if repeated := next((name for name in names if names.count(name) > 1), None):
            raise InputError(f"Two labels are called {repeated!r}; give each its own name.")
        return TextClassifier(self.model, self.tokenizer, self.name, names)

    def tokenize(self, text: str, text_pair: str | None = None) -> TokenizedText:
        """The text as the model reads it, cut to the model's longest input."""
        return tokenize(self.tokenizer, text, text_pair, self.config.max_text_tokens)

    def trace(
        self,
        text: str,
        text_pair: str | None = None,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        forced: ForcedTokens = NOTHING_FORCED,
        rule: ReductionRule | None = None,
    ) -> Trace:
        """Run one text and record every layer. A scale of 0 is the dense model.

        `rule` decides instead of the learned thresholds. Raises ValueError on impossible scales, on scales
        beside a rule, or where `forced` names a position that the text lacks or the model protects.
        """
        return self.start(text, text_pair).trace(global_scale, layer_scales, forced, rule)

    def start(self, text: str, text_pair: str | None = None) -> "AnalysedText":
        """Hold one text ready for many scales; each run goes on from the first layer that changes."""
        return AnalysedText(self, self.tokenize(text, text_pair))

    def trace_ids(
        self,
        input_ids: Sequence[int],
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
    ) -> Trace:
        """Run token ids as they are; tokens are named by the tokenizer, without spans or words."""
        ids = tuple(int(i) for i in input_ids)
        if not ids:
            raise InputError("input_ids is empty; give at least one token id.")
        if len(ids) > self.config.max_text_tokens:
            raise InputError(
                f"input_ids holds {len(ids)} tokens; give at most {self.config.max_text_tokens}, as many as "
                "this model reads."
            )
        if min(ids) < 0 or max(ids) >= self.config.vocab_size:
            raise InputError(
                f"input_ids must be from 0 to {self.config.vocab_size - 1}, the vocabulary's size."
            )
        nothing = (None,) * len(ids)
        tokens = tuple(self.tokenizer.convert_ids_to_tokens(list(ids)))
        source = TokenizedText("", None, ids, tokens, nothing, nothing, (0,) * len(ids), len(ids))
        return AnalysedText(self, source).trace(global_scale, layer_scales)

    def trace_batch(
        self,
        texts: Sequence[str],
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        rule: ReductionRule | None = None,
    ) -> list[Trace]:
        """Run several texts in one packed batch; the same records as one by one. `rule` as for `trace`."""
        if not texts:
            return []
        sources = [self.tokenize(text) for text in texts]
        return self._traces(sources, global_scale, layer_scales, rule=rule)[0]

    @torch.inference_mode()
    def logits(
        self,
        source: TokenizedText,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        forced: ForcedTokens = NOTHING_FORCED,
    ) -> NDArray[np.float32]:
        """Logits (C,) of one tokenized text without a record: scores only where a token can go."""
        thresholds = self.model.effective_thresholds(global_scale, layer_scales)
        forced.check(len(source.tokens), self.config.always_kept)
        run = self.run([source], ForcedRule(ThresholdRule(thresholds), forced))
        return self.model.classify(run.final)[0].float().cpu().numpy()

    @torch.inference_mode()
    def run(
        self,
        sources: Sequence[TokenizedText],
        rule: ReductionRule,
        *,
        score_all_layers: bool = False,
        previous: Sequence[LayerStep] = (),
    ) -> EncoderRun:
        """All layers over tokenized texts under any rule; see `core.encoder.encode`."""
        token_ids, lengths = _packed([source.input_ids for source in sources], self.device)
        segments = self.segments(sources)
        return self.model.run(
            token_ids, lengths, segments, rule, score_all_layers=score_all_layers, previous=previous
        )

    @torch.inference_mode()
    def predict(
        self,
        texts: Sequence[str],
        batch_size: int = 32,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        text_pairs: Sequence[str] | None = None,
        rule: ReductionRule | None = None,
    ) -> Predictions:
        """Answers and cost without records: batches of similar length, scores only where a token can go.

        `text_pairs` holds each text's second one. `rule` decides instead of the learned thresholds. Raises
        InputError where numbers of texts differ, ValueError on impossible scales or scales beside a rule.
        """
        if text_pairs is not None and len(text_pairs) != len(texts):
            raise InputError(
                f"There are {len(texts)} texts and {len(text_pairs)} second texts; give as many of both."
            )
        deciding = self._deciding(global_scale, layer_scales, rule)
        rows = tokenized_rows(self.tokenizer, texts, text_pairs, self.config.max_text_tokens)
        lengths = np.array([len(row["input_ids"]) for row in rows], dtype=np.int64)
        order = np.argsort(lengths, kind="stable")
        logits = np.zeros((len(rows), self.config.num_classes), dtype=np.float32)
        macs = np.zeros(len(rows), dtype=np.int64)
        started = time.perf_counter()
        for first in range(0, len(order), batch_size):
            chosen = order[first : first + batch_size]
            packed = packed_rows([rows[i] for i in chosen], self.config, self.device)
            run = self.model.run(*packed, deciding)
            logits[chosen] = self.model.classify(run.final).float().cpu().numpy()
            macs[chosen] = run_macs(run, self.config)
        elapsed_s = time.perf_counter() - started
        return Predictions(
            logits=logits,
            label_names=self.labels,
            lengths=lengths,
            macs=macs,
            dense_macs=np.array([dense_macs(length, self.config) for length in lengths.tolist()], np.int64),
            elapsed_s=elapsed_s,
        )

    def segments(self, sources: Sequence[TokenizedText]) -> Tensor | None:
        """Segment ids of texts laid end to end, (T,); None for a model that knows one kind."""
        # A model with one kind of segment (RoBERTa) takes no segment ids, whatever the text.
        if self.config.type_vocab_size <= 1:
            return None
        segments = [segment for source in sources for segment in source.segments]
        return torch.tensor(segments, device=self.device)

    @torch.inference_mode()
    def _traces(
        self,
        sources: Sequence[TokenizedText],
        global_scale: float,
        layer_scales: Sequence[float] | None,
        forced: ForcedTokens = NOTHING_FORCED,
        previous: Sequence[LayerStep] = (),
        rule: ReductionRule | None = None,
    ) -> tuple[list[Trace], tuple[LayerStep, ...]]:
        deciding = self._deciding(global_scale, layer_scales, rule)
        for source in sources:
            forced.check(len(source.tokens), self.config.always_kept)
        started = time.perf_counter()
        run = self.run(sources, ForcedRule(deciding, forced), score_all_layers=True, previous=previous)
        logits = self.model.classify(run.final).float().cpu().numpy()
        elapsed_s = time.perf_counter() - started
        traces = make_traces(
            run,
            logits,
            sources,
            self.config,
            thresholds=deciding.thresholds if isinstance(deciding, ThresholdRule) else (),
            global_scale=float(global_scale),
            layer_scales=tuple(map(float, layer_scales or [1.0] * self.config.num_hidden_layers)),
            forced=forced,
            rule="" if rule is None else repr(rule),
            elapsed_s=elapsed_s,
        )
        return [replace(trace, labels=self.labels) for trace in traces], run.steps

    def _deciding(
        self, global_scale: float, layer_scales: Sequence[float] | None, rule: ReductionRule | None
    ) -> ReductionRule:
        """The rule given, or the learned thresholds under their scales."""
        if rule is None:
            return ThresholdRule(self.model.effective_thresholds(global_scale, layer_scales))
        if global_scale != 1.0 or layer_scales is not None:
            raise ValueError("Scales belong to the learned thresholds; beside a rule, leave them out.")
        return rule


class AnalysedText:
    """One text under changing scales. Keeps the last run to go on from: belongs to one user."""

    def __init__(self, classifier: TextClassifier, source: TokenizedText):
        self.classifier = classifier
        self.source = source
        self._steps: tuple[LayerStep, ...] = ()

    def trace(
        self,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        forced: ForcedTokens = NOTHING_FORCED,
        rule: ReductionRule | None = None,
    ) -> Trace:
        """The record under these settings, equal to a run from the start; see `TextClassifier.trace`."""
        traces, self._steps = self.classifier._traces(
            [self.source], global_scale, layer_scales, forced, self._steps, rule
        )
        return traces[0]

    @torch.inference_mode()
    def entering_states(self, layer: int) -> PackedBatch:
        """The tokens that entered a layer, 0 to L - 1, in the last run, with their states before it, (T, d).

        Before any run, only layer 0 has been entered; raises IndexError for another.
        """
        if layer > 0:
            return self._steps[layer - 1].survivors
        token_ids, lengths = _packed([self.source.input_ids], self.classifier.device)
        return self.classifier.model.embed(token_ids, lengths, self.classifier.segments([self.source]))


def _packed(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, tuple[int, ...]]:
    return torch.tensor([i for row in rows for i in row], device=device), tuple(len(row) for row in rows)
