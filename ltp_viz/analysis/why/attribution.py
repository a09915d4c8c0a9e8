"""How much each token or word adds to an answer: Layer Integrated Gradients and occlusion, with Captum.

What is attributed is a logit: the answer's before softmax, or a regression's number. Two questions differ:

- `integrated_gradients` (Sundararajan et al. 2017, on the word vectors) asks how the logit builds up while
  the text fades in from a text whose words are all hidden. It needs a smooth function, so decisions are held
  as the run made them (`core.rules.replay`). Then the tokens' values sum to f(text) - f(hidden), up to the
  convergence delta that the quadrature leaves.
- `occlusion` hides one word at a time and runs the model again, which decides again what to drop: a real
  counterfactual, whose values need not sum to anything.

Captum hooks the modules that it is given, and a hook is seen by every thread that runs them. Models are
shared, so integrated gradients work on a private twin that shares the weights and nothing else.

Shapes: n tokens of the text, W words, C classes, B copies of the text in a batch.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ltp_viz.core.config import LTPConfig
from ltp_viz.core.encoder import encode
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.core.packed import PackedBatch
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.rules.replay import ReplayRule

# Points of the Gauss-Legendre rule, and how many if the first number leaves too large a delta. Over all of
# SST-2's validation part, 32 leave 0.01 % of the difference in the median.
STEPS = (32, 128)
# Of the difference that is attributed, and in logits, below which no share is worth another attempt.
LARGEST_DELTA_SHARE, LARGEST_DELTA = 0.05, 0.01
# Memory that one batch of copies may take on its way forth and back, and tokens that pass forth together.
_BATCH_BYTES, _BATCH_TOKENS = 1 << 28, 2048

# Called after each batch with the number of copies run so far; an exception ends the attribution.
Watch = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class PathAttribution:
    """Integrated gradients of one logit. `delta` is Captum's: what the sum of all values is too large by."""

    values: NDArray[np.float64]  # (n,) exactly 0 where a token was not hidden
    hidden: float  # the logit with all words hidden
    whole: float  # the logit of the text
    delta: float
    steps: int

    @property
    def difference(self) -> float:
        """What is attributed: how far the text moves the logit."""
        return self.whole - self.hidden

    @property
    def delta_share(self) -> float:
        """The delta's size as a share of the difference; infinite where there is none."""
        return abs(self.delta / self.difference) if self.difference else float("inf")


def private_twin(model: LTPForSequenceClassification) -> LTPForSequenceClassification:
    """Modules of one's own over the same weights: hooks on them are seen by nobody else.

    The weights take no gradients, so that none are computed for them.
    """
    memo: dict[int, object] = {
        id(weight): nn.Parameter(weight.detach(), requires_grad=False) for weight in model.parameters()
    }
    memo |= {id(buffer): buffer for buffer in model.buffers()}
    return copy.deepcopy(model, memo)


def integrated_gradients(
    model: LTPForSequenceClassification,
    token_ids: Sequence[int],
    hidden_ids: Sequence[int],
    segments: Tensor | None,
    target: int,
    rule: ReplayRule,
    watch: Watch = lambda copies: None,
) -> PathAttribution:
    """Attribute logit `target` of a text to its tokens, on the way from the text with its words hidden.

    `token_ids` and `hidden_ids` hold n ids, `segments` (n,). Asks for more steps once where the delta is
    large. `model` is not touched: see `private_twin`.
    """
    from captum.attr import LayerIntegratedGradients  # late: half a second, which no page should wait for

    twin = private_twin(model)

    def logits(ids: Tensor) -> Tensor:  # (B, n) -> (B, C)
        watch(len(ids))
        # Captum asks for some values without gradients, where fused operators would pack the weights again.
        with torch.enable_grad():
            return copies_logits(twin, ids, segments, rule)

    text, hidden = (torch.tensor([ids], device=twin.device) for ids in (token_ids, hidden_ids))
    whole, start = (float(logits(ids)[0, target].detach()) for ids in (text, hidden))
    attributer = LayerIntegratedGradients(logits, twin.embeddings.words)
    for steps in STEPS:
        values, delta = attributer.attribute(
            text,
            hidden,
            target=target,
            n_steps=steps,
            internal_batch_size=_copies_at_once(len(token_ids), twin.config),
            return_convergence_delta=True,
        )
        summed = values[0].detach().double().sum(-1).cpu().numpy()  # (n, width) -> (n,)
        found = PathAttribution(summed, start, whole, float(delta[0]), steps)
        if abs(found.delta) <= max(LARGEST_DELTA, LARGEST_DELTA_SHARE * abs(found.difference)):
            break
    return found


def occlusion(
    model: LTPForSequenceClassification,
    token_ids: Sequence[int],
    hidden_id: int,
    segments: Tensor | None,
    words: Sequence[Sequence[int]],
    target: int,
    rule: ReductionRule,
    watch: Watch = lambda copies: None,
) -> NDArray[np.float64]:
    """What logit `target` loses when all tokens of a word give way to `hidden_id`, for each word, (W,).

    `words` hold the positions of their tokens. Runs `model` itself: this hooks nothing, and the rule decides
    as it does in any other run.
    """
    from captum.attr import FeatureAblation

    def logits(ids: Tensor) -> Tensor:
        watch(len(ids))
        return copies_logits(model, ids, segments, rule)

    text = torch.tensor([token_ids], device=model.device)
    # Feature 0 are the tokens of no word, which are hidden by themselves.
    features, hidden = torch.zeros_like(text), text.clone()
    for index, positions in enumerate(words, 1):
        features[0, list(positions)] = index
        hidden[0, list(positions)] = hidden_id
    values = FeatureAblation(logits).attribute(
        text,
        hidden,
        target=target,
        feature_mask=features,
        perturbations_per_eval=max(1, _BATCH_TOKENS // len(token_ids)),
    )
    per_word: NDArray[np.float64] = values[0, [positions[0] for positions in words]].double().cpu().numpy()
    return per_word


def copies_logits(
    model: LTPForSequenceClassification, ids: Tensor, segments: Tensor | None, rule: ReductionRule
) -> Tensor:
    """Logits (B, C) of texts of equal length, ids (B, n) and segments (n,).

    As `LTPForSequenceClassification.run`, but the word embedding sees (B, n), so that Captum finds texts, and
    not tokens, along its first axis.
    """
    count, length = ids.shape
    positions = torch.arange(length, device=ids.device)
    counted = model.counted_positions(ids.flatten(), positions.repeat(count)).view(count, length)
    states = model.embeddings(ids, counted, segments)
    batch = PackedBatch.from_lengths(states.flatten(0, 1), (length,) * count)
    batch = replace(batch, segments=None if segments is None else segments.repeat(count))
    run = encode(model.layers_in_order, batch, rule, model.config)
    return model.classify(run.final)


def expected_copies(num_words: int | None) -> int:
    """Copies of a text that an attribution runs: of integrated gradients, or of occlusion over W words.

    A second attempt is not expected.
    """
    # Besides the steps: both ends for their values, for the vectors there, and for the delta.
    return STEPS[0] + 6 if num_words is None else num_words + 2


def _copies_at_once(length: int, config: LTPConfig) -> int:
    """Copies whose way forth and back fits the memory set aside: what autograd keeps, in fp32. At 512 tokens
    of a 6-layer MiniLM it is one, and takes 250 MB."""
    matrices = 3 * config.num_attention_heads * length**2
    states = (8 * config.hidden_size + 2 * config.intermediate_size) * length
    fitting = _BATCH_BYTES // (4 * config.num_hidden_layers * (matrices + states))
    return max(1, min(fitting, _BATCH_TOKENS // length))
