"""The texts of the tour: titles, words, equations, symbols and sources of its steps, in order."""

from dataclasses import dataclass

PAPER = "Kim et al., Learned Token Pruning for Transformers, KDD 2022"


@dataclass(frozen=True)
class StepText:
    """The words of one step. `symbols`: notation and meaning. These and `words` may contain {layer}, {heads}
    and {divisor}, which depend on the model."""

    slug: str
    title: str
    words: str
    prompt: str  # instruction, on screens only
    equations: tuple[str, ...]
    symbols: tuple[tuple[str, str], ...]
    source: str


_ATTENTION = ("Aₕ[i, j]", "share of attention that reader i gives to token j, in head h of a layer")
_SCORE = ("sⱼ", "score of token j in a layer: the attention it receives, divided by a constant")
_THETA = ("θₗ", "threshold of layer l, one number per layer, found by training")
_TEMPERATURE = ("T", "temperature: how far around the threshold a token is only partly masked")
_MASK = ("mⱼ", "mask of token j: 1 kept, 0 dropped, in between partly masked")
_D = ("d", "width of the encoder: numbers per token")

STEPS = (
    StepText(
        "votes",
        "Attention as votes",
        "In every layer, each token of a sentence reads all tokens. It has one vote to distribute: a large "
        "share to a token that helps it, a small one to a token that does not. Pick a reader. Its shares sum "
        "to 100 %. These are the shares of layer {layer}, averaged over its {heads} heads; [CLS] and "
        "[SEP] are tokens that the model adds.",
        "Pick a reader.",
        (r"\sum_{j} A_h[i,j] = 1",),
        (
            _ATTENTION,
            ("i", "the token that reads, a row of the matrix"),
            ("j", "the token that is read, a column"),
            ("h", "head: one of several attentions of a layer that run in parallel"),
        ),
        "attention as in any transformer (Vaswani et al. 2017); votes are this tour’s image for it.",
    ),
    StepText(
        "score",
        "The score: attention received",
        "Now look at what a token receives instead of what it gives. A column holds all votes for one token. "
        "Their sum divided by a constant is the token’s [score](Glossary?term=score). A token that few "
        "others read has a low score.",
        "Point at a column, tap it, or use the arrow keys on its name.",
        (r"s_j = \frac{1}{H\,N_\mathrm{ref}} \sum_{h}\sum_{i} A_h[i,j]",),
        (
            _SCORE,
            ("H", "number of heads in a layer"),
            (
                "N_ref",
                "the divisor of a column: {divisor}. The paper uses the sentence’s own length n, its "
                "published code 128; within one sentence this changes the unit, not the order",
            ),
            _ATTENTION,
        ),
        "Kim et al. 2022, equation 3; `ltp_viz/core/scores.py`.",
    ),
    StepText(
        "threshold",
        "One threshold",
        "Tokens that score below the [threshold](Glossary?term=threshold) are dropped for good. Nothing is "
        "sorted, and the number of tokens is not fixed: a sentence of filler words loses more than one with "
        "much content. The first token is always kept, because the answer is read from it.",
        "Move the threshold.",
        (r"\mathrm{keep}_j = \left[\, s_j \ge \theta_l \,\right]",),
        (
            _SCORE,
            _THETA,
            ("keepⱼ", "1 where token j is kept, 0 where it is dropped; a threshold of 0 drops nothing"),
        ),
        "Kim et al. 2022, equation 4; only this layer drops tokens here.",
    ),
    StepText(
        "layers",
        "Thresholds, layer by layer",
        "Every layer has its own threshold. Early layers mostly drop little, as much may still be needed; "
        "late layers keep what the answer needs. Later layers do not see what an earlier one has dropped, so "
        "the sentence gets shorter from layer to layer. Struck-through words are dropped in that layer.",
        "Move all thresholds together; 1 is as trained.",
        (r"\theta'_l = g\,\theta_l",),
        (
            _THETA,
            (
                "g",
                "pruning strength, one factor for all layers; an addition of this app, 1 is as published",
            ),
            ("θ′ₗ", "the threshold in use"),
        ),
        "Kim et al. 2022, equations 3 and 4 in each layer; a sweep of 61 real runs.",
    ),
    StepText(
        "masks",
        "Hard and soft masks",
        "A hard cut has no gradient, so training cannot move it. While thresholds are learned, a "
        "[soft mask](Glossary?term=soft-mask) fades tokens instead. Only tokens near the threshold have a "
        "gradient. Too soft, and no token is really dropped; too hard, and few tokens have a gradient.",
        "Move the temperature.",
        (),
        (
            _MASK,
            ("σ", "sigmoid: 1 / (1 + e⁻ˣ), a step with a soft edge"),
            _SCORE,
            _THETA,
            _TEMPERATURE,
        ),
        "Kim et al. 2022, equation 6; circles are the tokens of your sentence.",
    ),
    StepText(
        "training",
        "The training, replayed",
        "Three stages. First the model learns its task with all tokens. Then thresholds are learned, as a "
        "compromise between the task and a [price λ](Glossary?term=lambda) on every kept token. Finally the "
        "thresholds are fixed, tokens are really dropped, and the weights adapt to that.",
        "Move through the training log of this model.",
        (r"\mathcal{L} = \mathcal{L}_\mathrm{task} + \lambda \sum_{l} \overline{m}_l",),
        (
            ("ℒ", "loss of the soft stage, which training minimises"),
            ("λ", "price of a kept token: the higher, the more is dropped"),
            ("m̄ₗ", "mean of the masks in layer l, the share of kept tokens"),
        ),
        "Kim et al. 2022, section 4.3 and equation 7; the model’s `training_log.jsonl`.",
    ),
    StepText(
        "cost",
        "Why removal saves",
        "Most of the work grows linearly with the number of tokens: projections and the feed-forward part. "
        "The attention matrix grows with its square, which matters only in long texts. Half the tokens save "
        "half of the first part and three quarters of the second.",
        "Move the length.",
        (
            r"\mathrm{MACs}_l = \underbrace{4d^2 n + 2 d\,d_\mathrm{ff}\, n'}_{\text{linear}} "
            r"+ \underbrace{2 d\, n^2}_{\text{quadratic}}",
        ),
        (
            ("n", "tokens that enter the layer"),
            ("n′", "tokens that reach its feed-forward part"),
            _D,
            ("d_ff", "width of the feed-forward part"),
            (
                "MACs",
                "multiply-accumulates; FLOPs are twice as many. Embeddings, softmax and head are left out",
            ),
        ),
        "`ltp_viz/core/flops.py`, formula of the published code; for measured time see Benchmark.",
    ),
    StepText(
        "failures",
        "Where it fails",
        "Attention received is not importance. A word can decide the answer and be read by few tokens; once "
        "it is dropped, the answer flips. Each of these texts is answered correctly without pruning and "
        "wrongly with it.",
        "Move through them, and open one in Explore to see which word it was.",
        (),
        (),
        "`assets/examples/labelled.csv`, written to be hard, run now; more in `docs/findings.md`.",
    ),
    StepText(
        "results",
        "Published, and measured here",
        "The paper about halves the FLOPs of a large encoder for less than one point. Ours is a small one, "
        "so its scores are lower: compare the change and the FLOPs, not the scores. One seed per run, so "
        "differences of tenths of a point are chance.",
        "Choose a task.",
        (),
        (),
        "`assets/results.json`, as in `docs/results.md`; the paper is Kim et al. 2022.",
    ),
    StepText(
        "game",
        "Guess the next dropped token",
        "The pruning strength rises from zero until some layer drops a token. Think of which tokens read it, "
        "not of what it means. After each guess you see which token was dropped, in which layer, and how far "
        "your guess was above the threshold.",
        "Which token is next?",
        (),
        (),
        "the order is that of 601 real runs of this sentence, at strengths 0 to 3.",
    ),
)
