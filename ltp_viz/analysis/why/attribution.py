"""How much each token or word adds to an answer: Layer Integrated Gradients and occlusion, with Captum.

Both attribute a logit: the answer's before softmax, or a regression's number. The methods differ:

- `integrated_gradients` (Sundararajan et al. 2017, on the word vectors) follows the logit while the text
  fades in from a text whose words are all hidden. It needs a smooth function, so decisions are fixed as the
  run made them (`core.rules.replay`). The tokens' values sum to f(text) - f(hidden), up to the convergence
  delta of the quadrature.
- `occlusion` hides one word at a time and runs the model again, which decides again what to drop: a real
  counterfactual, whose values need not sum to anything.

Captum installs hooks on modules, and every thread that runs them triggers the hooks. Models are shared, so
integrated gradients use a private twin that shares only the weights.

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

# Points of the Gauss-Legendre rule, and of a second attempt if the delta is too large. On SST-2's validation
# split, 32 points leave a median delta of 0.01 % of the difference.
STEPS = (32, 128)
# The largest delta without a second attempt: as a share of the attributed difference, and in logits.
LARGEST_DELTA_SHARE, LARGEST_DELTA = 0.05, 0.01
# Memory of one batch of copies in the forward and backward pass, and tokens of one forward-only batch.
_BATCH_BYTES, _BATCH_TOKENS = 1 << 28, 2048

# Called after each batch with the number of copies done; an exception ends the attribution.
Watch = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class PathAttribution:
    """Integrated gradients of one logit. `delta` is Captum's: the sum of all values minus the difference."""

    values: NDArray[np.float64]  # (n,) exactly 0 for a token that was not hidden
    hidden: float  # the logit with all words hidden
    whole: float  # the logit of the text
    delta: float
    steps: int

    @property
    def difference(self) -> float:
        """The attributed difference: how far the text moves the logit."""
        return self.whole - self.hidden

    @property
    def delta_share(self) -> float:
        """The delta's size as a share of the difference; infinite if the difference is 0."""
        return abs(self.delta / self.difference) if self.difference else float("inf")


def private_twin(model: LTPForSequenceClassification) -> LTPForSequenceClassification:
    """A copy of the modules over the same weights, on which hooks affect no other caller.

    Gradients of the weights are off, so none are computed.
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
    """Attribute logit `target` of a text to its tokens, along the path from the text with its words hidden.

    `token_ids` and `hidden_ids` hold n ids, `segments` (n,). Repeats once with more steps if the delta is
    large. `model` stays unchanged: see `private_twin`.
    """
    from captum.attr import LayerIntegratedGradients  # imported late: it takes half a second

    twin = private_twin(model)

    def logits(ids: Tensor) -> Tensor:  # (B, n) -> (B, C)
        watch(len(ids))
        # Captum computes some values without gradients, for which fused operators would pack the weights
        # again.
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
    """The decrease of logit `target` when `hidden_id` replaces all tokens of a word, for each word, (W,).

    `words` hold the positions of their tokens. Runs `model` itself: occlusion installs no hooks, and the rule
    decides as in any other run.
    """
    from captum.attr import FeatureAblation

    def logits(ids: Tensor) -> Tensor:
        watch(len(ids))
        return copies_logits(model, ids, segments, rule)

    text = torch.tensor([token_ids], device=model.device)
    # Feature 0 collects the tokens outside words.
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

    As `LTPForSequenceClassification.run`, but the word embedding receives (B, n), so that Captum finds texts,
    not tokens, along the first axis.
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
    """Copies of a text that an attribution runs: integrated gradients (None), or occlusion over W words.

    Does not count a second attempt.
    """
    # Beside the steps: both ends, each for its value, its vectors and the delta.
    return STEPS[0] + 6 if num_words is None else num_words + 2


def _copies_at_once(length: int, config: LTPConfig) -> int:
    """Copies whose forward and backward pass fits the memory limit, from what autograd keeps in fp32. For a
    6-layer MiniLM at 512 tokens it is one copy, which takes 250 MB."""
    matrices = 3 * config.num_attention_heads * length**2
    states = (8 * config.hidden_size + 2 * config.intermediate_size) * length
    fitting = _BATCH_BYTES // (4 * config.num_hidden_layers * (matrices + states))
    return max(1, min(fitting, _BATCH_TOKENS // length))
