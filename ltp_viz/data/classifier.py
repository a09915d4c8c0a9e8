"""The public face: a pruned encoder, its head and its tokenizer; text in, records and answers out."""

import html
import reprlib
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from ltp_viz.core.answers import yes_or_no_names
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.flops import dense_macs, run_macs
from ltp_viz.core.forced import NOTHING_FORCED, ForcedRule, ForcedTokens
from ltp_viz.core.model import LTPForSequenceClassification, as_yes_or_no
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import LayerStep, ReductionRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.trace import TokenizedText, Trace
from ltp_viz.core.trace_from_run import make_traces
from ltp_viz.data.arguments import (
    checked_batch_size,
    checked_forced,
    checked_ids,
    checked_rule,
    checked_scales,
    checked_text,
    checked_texts,
)
from ltp_viz.data.errors import InputError
from ltp_viz.data.predictions import Predictions
from ltp_viz.data.text.tokenization import packed_rows, tokenize, tokenized_rows


class TextClassifier:
    """A pruned classifier. Stateless after loading, so any number of threads may share it.

    `agreement` is the largest difference from Hugging Face's own class that was found when the model was
    loaded, in logits; None where there is nothing to compare with. `notes` say what is unusual about it.
    """

    def __init__(
        self,
        model: LTPForSequenceClassification,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        label_names: Sequence[str] | None = None,
        *,
        reads_pairs: bool | None = None,
        agreement: float | None = None,
        notes: Sequence[str] = (),
        output: int | None = None,
        one_of: Sequence[str] = (),
    ):
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.name = name
        self.agreement = agreement
        self.notes = tuple(notes)
        self.output = output  # which one of the checkpoint's `for_label` has chosen; None: all
        self.one_of = tuple(one_of)  # the labels of the checkpoint that `for_label` has chosen from
        self._label_names = None if label_names is None else tuple(label_names)
        self._reads_pairs = reads_pairs

    @property
    def config(self) -> LTPConfig:
        """Shape, thresholds and labels of the model."""
        return cast(LTPConfig, self.model.config)

    @property
    def device(self) -> torch.device:
        """Where the model is; every method moves its inputs there and its results back."""
        device: torch.device = self.model.device
        return device

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
        return self._variant(names, self._reads_pairs)

    @property
    def reads_pairs(self) -> bool:
        """Whether the model answers about two texts, such as a premise and a hypothesis."""
        return self.config.reads_pairs if self._reads_pairs is None else self._reads_pairs

    def for_label(self, label: str) -> "TextClassifier":
        """A classifier of two classes, weights shared: whether a text has one label of a multi-label model,
        or whether a single output is above 0.

        Raises InputError for a model of classes or of several numbers, and for a label that it does not have.
        """
        config = self.config
        if config.answer_kind == "class" or (config.answer_kind == "numbers" and config.num_classes > 1):
            raise InputError(
                f"The model {self.name!r} answers from all of its {config.num_classes} outputs together; a "
                "single label can be asked for where each has a probability of its own."
            )
        if label not in self.labels:
            raise InputError(
                f"The model {self.name!r} has no label {label!r}; give one of {', '.join(self.labels)}."
            )
        output = self.labels.index(label)
        model = as_yes_or_no(self.model, yes_or_no_names(label), output)
        return TextClassifier(
            model,
            self.tokenizer,
            self.name,
            reads_pairs=self._reads_pairs,
            agreement=self.agreement,
            notes=self.notes,
            output=output,
            one_of=self.labels if config.answer_kind == "labels" else (),
        )

    @property
    def reads_pairs_by_wish(self) -> bool | None:
        """What a person has said that the model reads; None: nobody has."""
        return self._reads_pairs

    def reading_pairs(self, reads_pairs: bool | None) -> "TextClassifier":
        """The same model, weights shared, that is said to read pairs, or single texts; None: as detected."""
        return self if reads_pairs == self._reads_pairs else self._variant(self._label_names, reads_pairs)

    def _variant(self, names: Sequence[str] | None, reads_pairs: bool | None) -> "TextClassifier":
        return TextClassifier(
            self.model,
            self.tokenizer,
            self.name,
            names,
            reads_pairs=reads_pairs,
            agreement=self.agreement,
            notes=self.notes,
            output=self.output,
            one_of=self.one_of,
        )

    def __repr__(self) -> str:
        config = self.config
        learned = "learned" if config.thresholds_learned else "not learned"
        return (
            f"TextClassifier({self.name!r}: {config.base_family}, {config.num_hidden_layers} layers, "
            f"{len(self.labels)} outputs, thresholds {learned}, on {self.device})"
        )

    def _repr_html_(self) -> str:
        """For notebooks: what is loaded, as a table."""
        config = self.config
        agreement = "" if self.agreement is None else f"within {self.agreement:.0e} of Hugging Face"
        facts = {
            "model": self.name,
            "family": f"{config.base_family}, {config.num_hidden_layers} layers of {config.hidden_size}",
            "reads": f"{'two texts' if self.reads_pairs else 'one text'}, {config.max_text_tokens} tokens",
            "answers": ", ".join(self.labels[:8]) + (", …" if len(self.labels) > 8 else ""),
            "thresholds": "learned" if config.thresholds_learned else "not learned",
            "checked": agreement,
            "device": str(self.device),
        }
        rows = "".join(
            f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in facts.items() if value
        )
        return f"<table>{rows}</table>"

    def save_pretrained(self, folder: str | Path) -> None:
        """Write weights, configuration with label names and thresholds, tokenizer and a card to a folder,
        which `ltp_viz.load_model` reads. Raises InputError where the path is a file."""
        from ltp_viz.data.checkpoints.save import save_classifier  # late: it knows this class

        save_classifier(self, Path(folder))

    def tokenize(self, text: str, text_pair: str | None = None) -> TokenizedText:
        """The text as the model reads it, cut to the model's longest input. Raises InputError for no text."""
        text = checked_text(text)
        text_pair = None if text_pair is None else checked_text(text_pair, "text_pair")
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

        `rule` decides instead of the learned thresholds. Raises InputError for an empty text and impossible
        scales, ValueError for scales beside a rule, or where `forced` names a position that the text lacks or
        the model protects.
        """
        self._check_pairs(text_pair is not None)
        started = self.start(text, text_pair)
        _check_not_empty(started.source)
        return started.trace(global_scale, layer_scales, forced, rule)

    def start(self, text: str, text_pair: str | None = None) -> "AnalysedText":
        """Hold one text ready for many scales; each run goes on from the first layer that changes.

        An empty text is its special tokens alone.
        """
        return AnalysedText(self, self.tokenize(text, text_pair))

    def trace_ids(
        self,
        input_ids: Sequence[int],
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        token_type_ids: Sequence[int] | None = None,
    ) -> Trace:
        """Run token ids as they are; tokens are named by the tokenizer, without spans or words.

        `token_type_ids` are the segments of a pair, 0 and 1, one per id. Raises InputError where a model of
        pairs that tells segments apart is not given them.
        """
        ids = checked_ids(input_ids, "input_ids", self.config.vocab_size, "the vocabulary's size")
        if not ids:
            raise InputError("input_ids is empty; give at least one token id.")
        if len(ids) > self.config.max_text_tokens:
            raise InputError(
                f"input_ids holds {len(ids)} tokens; give at most {self.config.max_text_tokens}, as many as "
                "this model reads."
            )
        segments = (0,) * len(ids)
        if token_type_ids is not None:
            most = max(2, self.config.type_vocab_size)
            segments = checked_ids(token_type_ids, "token_type_ids", most, "the segments of a text")
            if len(segments) != len(ids):
                raise InputError(
                    f"There are {len(ids)} input_ids and {len(segments)} token_type_ids; give as many of "
                    "both."
                )
        elif self.reads_pairs and self._knows_segments():
            raise InputError(
                f"The model {self.name!r} reads two texts and tells them apart by segments; give "
                "token_type_ids, as the tokenizer makes them."
            )
        nothing = (None,) * len(ids)
        tokens = tuple(self.tokenizer.convert_ids_to_tokens(list(ids)))
        source = TokenizedText("", None, ids, tokens, nothing, nothing, segments, len(ids), segments)
        return AnalysedText(self, source).trace(global_scale, layer_scales)

    def _knows_segments(self) -> bool:
        return self.config.type_vocab_size > 1 and "token_type_ids" in self.tokenizer.model_input_names

    def _check_pairs(self, are_pairs: bool) -> None:
        """A model of pairs answers about a single text too, as Hugging Face's does, but means nothing."""
        if self.reads_pairs and not are_pairs:
            warnings.warn(
                f"The model {self.name!r} compares two texts and is given one; give text_pair (text_pairs "
                "for several), or load it with reads_pairs=False if it reads single texts.",
                stacklevel=3,
            )

    def trace_batch(
        self,
        texts: Iterable[str],
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        rule: ReductionRule | None = None,
    ) -> list[Trace]:
        """Run several texts in one packed batch; the same records as one by one. `texts` as for `predict`,
        `rule` as for `trace`."""
        sources = [self.tokenize(text) for text in checked_texts(texts)]
        if not sources:
            return []
        self._check_pairs(False)
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
        thresholds = self.effective_thresholds(global_scale, layer_scales)
        forced.check(len(source.tokens), self.config.always_kept)
        run = self.run([source], ForcedRule(ThresholdRule(thresholds), forced))
        logits: NDArray[np.float32] = self.model.classify(run.final)[0].float().cpu().numpy()
        return logits

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
        packed = packed_rows([source.row for source in sources], self.config, self.device)
        run: EncoderRun = self.model.run(*packed, rule, score_all_layers=score_all_layers, previous=previous)
        return run

    @torch.inference_mode()
    def predict(
        self,
        texts: Iterable[str],
        batch_size: int = 32,
        global_scale: float = 1.0,
        layer_scales: Sequence[float] | None = None,
        text_pairs: Iterable[str] | None = None,
        rule: ReductionRule | None = None,
    ) -> Predictions:
        """Answers and cost without records: batches of similar length, scores only where a token can go.

        `texts` is one text, or a list, an array, a data frame's column or a generator of texts; `text_pairs`
        likewise each text's second one. An empty text is answered from the special tokens alone. `rule`
        decides instead of the learned thresholds. Raises InputError where an argument is impossible or
        numbers of texts differ, ValueError on scales beside a rule.
        """
        texts = checked_texts(texts)
        text_pairs = None if text_pairs is None else checked_texts(text_pairs, "text_pairs")
        batch_size = checked_batch_size(batch_size)
        if text_pairs is not None and len(text_pairs) != len(texts):
            raise InputError(
                f"There are {len(texts)} texts and {len(text_pairs)} second texts; give as many of both."
            )
        if texts:
            self._check_pairs(text_pairs is not None)
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
            answer_kind=self.config.answer_kind,
        )

    def segments(self, sources: Sequence[TokenizedText]) -> Tensor | None:
        """Segment ids of texts laid end to end, (T,); None for a model that knows one kind."""
        return packed_rows([source.row for source in sources], self.config, self.device)[2]

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
        forced = checked_forced(forced)
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
            layer_scales=(1.0,) * self.config.num_hidden_layers
            if layer_scales is None
            else tuple(map(float, layer_scales)),
            forced=forced,
            rule="" if rule is None else repr(rule),
            elapsed_s=elapsed_s,
        )
        return [replace(trace, labels=self.labels) for trace in traces], run.steps

    def effective_thresholds(
        self, global_scale: float = 1.0, layer_scales: Sequence[float] | None = None
    ) -> tuple[float, ...]:
        """`global_scale * layer_scale_l * theta_l` per layer, (L,). Raises InputError on impossible ones."""
        scales = checked_scales(global_scale, layer_scales, self.config.num_hidden_layers)
        thresholds: tuple[float, ...] = self.model.effective_thresholds(*scales)
        return thresholds

    def _deciding(
        self, global_scale: float, layer_scales: Sequence[float] | None, rule: ReductionRule | None
    ) -> ReductionRule:
        """The rule given, or the learned thresholds under their scales."""
        if rule is None:
            return ThresholdRule(self.effective_thresholds(global_scale, layer_scales))
        if global_scale != 1.0 or layer_scales is not None:
            raise ValueError("Scales belong to the learned thresholds; beside a rule, leave them out.")
        return checked_rule(rule)


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
        packed = packed_rows([self.source.row], self.classifier.config, self.classifier.device)
        embedded: PackedBatch = self.classifier.model.embed(*packed)
        return embedded


def _check_not_empty(source: TokenizedText) -> None:
    """Raises InputError where there is nothing between the special tokens."""
    if all(span is None for span in source.spans):
        raise InputError(
            f"The text {reprlib.repr(source.text)} holds nothing that the model reads; give at least a word."
        )
