"""Explanation of a model's answer on one text: attributions of the pruned and of the dense prediction by
word, beside the layers that each word survives.

Both predictions are explained for the same class, the pruned model's answer. The tokenizer's [MASK] hides a
word, as pretraining taught the encoder to read it as an unknown word; without one, [PAD] or else [UNK] does.
Special tokens are not hidden. (With [PAD], the bundled review model calls every text positive at 97 to 100 %,
which leaves little to attribute; with [MASK], it is at 44 to 92 %.)
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from ltp_viz.analysis.why.attribution import PathAttribution, expected_copies, integrated_gradients, occlusion
from ltp_viz.analysis.words import text_pieces
from ltp_viz.core.answers import AnswerKind
from ltp_viz.core.encoder import EncoderRun
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.replay import ReplayRule
from ltp_viz.core.rules.thresholds import ThresholdRule
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError

Method = Literal["lig", "occlusion"]
Prediction = Literal["pruned", "dense"]
# Cost of a copy's forward and backward pass, in forward passes.
_GRADIENT_COST = 5
METHODS: tuple[Method, ...] = get_args(Method)
PREDICTIONS: tuple[Prediction, ...] = get_args(Prediction)


@dataclass(frozen=True)
class Word:
    """A word of the text, or of the second text for segment 1, with its tokens' positions."""

    text: str
    positions: tuple[int, ...]
    segment: int


@dataclass(frozen=True, eq=False)
class Attributed:
    """One prediction with its requested attributions."""

    logits: NDArray[np.float32]  # (C,)
    path: PathAttribution | None = None  # token by token
    occluded: NDArray[np.float64] | None = None  # (W,)


@dataclass(frozen=True, eq=False)
class Explanation:
    """Attributions of one text's answer. Shapes: W words, C classes, L layers."""

    source: TokenizedText
    words: tuple[Word, ...]  # (W,)
    # (W,) layers, 0 to L, that the longest-surviving token of each word survives without being merged
    depths: NDArray[np.int64]
    merges: bool  # whether the rule merged tokens
    num_layers: int
    labels: tuple[str, ...]  # C
    target: int  # of the logit that is attributed
    hidden_by: str  # the token that replaces a hidden word
    methods: tuple[Method, ...]
    pruned: Attributed
    dense: Attributed
    elapsed_s: float
    answer_kind: AnswerKind = "class"

    def of(self, prediction: Prediction) -> Attributed:
        """One of the two predictions."""
        return self.pruned if prediction == "pruned" else self.dense

    def values(self, method: Method, prediction: Prediction) -> NDArray[np.float64]:
        """Attribution of each word, (W,), summed over its tokens; positive values support the answer.

        Raises InputError if the method was not requested.
        """
        found = self.of(prediction)
        if method == "lig" and found.path is not None:
            tokens = found.path.values
            return np.array([tokens[list(word.positions)].sum() for word in self.words])
        if method == "occlusion" and found.occluded is not None:
            return found.occluded
        raise InputError(f"This explanation has no {method!r}; it has {', '.join(self.methods)}.")

    @property
    def target_name(self) -> str:
        """The explained class, or the name of a regression's number."""
        return self.labels[self.target]

    @property
    def is_regression(self) -> bool:
        """Whether the answer is a number, not a class."""
        return self.answer_kind == "numbers"


def words_of(source: TokenizedText) -> tuple[Word, ...]:
    """Words that the model reads, in order, (W,)."""
    return tuple(
        Word(piece.text, piece.positions, segment)
        for segment in ((0,) if source.text_pair is None else (0, 1))
        for piece in text_pieces(source, segment)
        if piece.positions
    )


def explain(
    classifier: TextClassifier,
    source: TokenizedText,
    rule: ReductionRule | None = None,
    methods: tuple[Method, ...] = METHODS,
    advance: Callable[[float], None] = lambda share: None,
) -> Explanation:
    """Explain the answer under a rule, by default the learned thresholds, and the dense answer.

    `advance` receives the finished share after each batch; an exception from it ends the work. Raises
    InputError if the text has no word, or the tokenizer no token to hide one with.
    """
    started = time.perf_counter()
    words = words_of(source)
    if not words:
        raise InputError("The model finds no word in this text, so there is nothing to explain.")
    if unknown := [method for method in methods if method not in METHODS]:
        raise InputError(f"There is no method {unknown[0]!r}; give one of {', '.join(METHODS)}.")
    rule = rule or ThresholdRule(classifier.model.effective_thresholds())
    hidden_by, hidden_id = _hiding_token(classifier)
    run = classifier.run([source], rule, score_all_layers=True)
    logits = _logits(classifier, run)
    # Of several numbers the first one is explained.
    target = 0 if classifier.config.answer_kind == "numbers" else int(logits.argmax())
    dense_rule = ReplayRule((None,) * len(run.steps))
    # The twin replays decisions; occlusion lets the rule decide.
    sides = {"pruned": (ReplayRule.of(run), rule), "dense": (dense_rule, dense_rule)}
    dense_logits = _logits(classifier, classifier.run([source], dense_rule, score_all_layers=True))

    segments = classifier.segments([source])
    positions = [word.positions for word in words]
    hidden = list(source.input_ids)
    for position in (position for word in positions for position in word):
        hidden[position] = hidden_id
    copies = {"lig": _GRADIENT_COST * expected_copies(None), "occlusion": expected_copies(len(words))}
    expected = len(sides) * sum(copies[method] for method in methods)
    done = 0

    def watch(copies: int, cost: int = 1) -> None:
        nonlocal done
        advance(min(1.0, done / expected))
        done += cost * copies

    def watch_gradients(copies: int) -> None:
        watch(copies, _GRADIENT_COST)

    model, ids = classifier.model, source.input_ids
    attributed = {}
    for name, (held, deciding) in sides.items():
        path = occluded = None
        if "lig" in methods:
            path = integrated_gradients(model, ids, hidden, segments, target, held, watch_gradients)
        if "occlusion" in methods:
            occluded = occlusion(model, ids, hidden_id, segments, positions, target, deciding, watch)
        attributed[name] = Attributed(logits if name == "pruned" else dense_logits, path, occluded)
    depths = token_depths(run)
    return Explanation(
        source=source,
        words=words,
        depths=np.array([depths[list(word.positions)].max() for word in words]),
        merges=any(step.reduction is not None and step.reduction.carrier is not None for step in run.steps),
        num_layers=len(run.steps),
        labels=classifier.labels,
        target=target,
        hidden_by=hidden_by,
        methods=methods,
        pruned=attributed["pruned"],
        dense=attributed["dense"],
        elapsed_s=time.perf_counter() - started,
        answer_kind=classifier.config.answer_kind,
    )


def token_depths(run: EncoderRun) -> NDArray[np.int64]:
    """Layers that each token of one text's run survives without being merged, (n,), 0 to L."""
    depths = np.zeros(run.steps[0].attended.text_lengths[0], dtype=np.int64)
    for step in run.steps:
        depths[step.survivors.positions.cpu().numpy()] += 1
    return depths


@torch.inference_mode()
def _logits(classifier: TextClassifier, run: EncoderRun) -> NDArray[np.float32]:
    logits: NDArray[np.float32] = classifier.model.classify(run.final)[0].float().cpu().numpy()
    return logits


def _hiding_token(classifier: TextClassifier) -> tuple[str, int]:
    tokenizer = classifier.tokenizer
    for token in (tokenizer.mask_token, tokenizer.pad_token, tokenizer.unk_token):
        if token is not None:
            return str(token), tokenizer.get_vocab()[token]
    raise InputError(
        f"The tokenizer of {classifier.name!r} has no mask, padding or unknown token, so no word can be "
        "hidden; give a model whose tokenizer has one."
    )


def rule_of(
    classifier: TextClassifier, global_scale: float = 1.0, layer_scales: tuple[float, ...] | None = None
) -> ThresholdRule:
    """The learned thresholds under the given scales. Raises InputError for invalid scales."""
    try:
        return ThresholdRule(classifier.model.effective_thresholds(global_scale, layer_scales))
    except ValueError as error:
        raise InputError(str(error)) from error
