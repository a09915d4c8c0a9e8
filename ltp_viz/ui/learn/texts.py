"""What the tour says: titles, words, equations, symbols and sources of its steps, in order."""

from dataclasses import dataclass

PAPER = "Kim et al., Learned Token Pruning for Transformers, KDD 2022"


@dataclass(frozen=True)
class StepText:
    """The words of one step. `symbols`: as written, and what they mean. These and `words` may
    hold {layer}, {heads} and {divisor}, which depend on the model."""

    slug: str
    title: str
    words: str
    prompt: str  # what to do, on screens only
    equations: tuple[str, ...]
    symbols: tuple[tuple[str, str], ...]
    source: str


_ATTENTION = ("Aₕ[i, j]", "share of its vote that reader i gives to token j, in head h of a layer")
_SCORE = ("sⱼ", "score of token j in a layer: the attention it receives, on average")
_THETA = ("θₗ", "threshold of layer l, one number per layer, found by training")
_TEMPERATURE = ("T", "temperature: how far around the threshold a token is neither here nor gone")
_MASK = ("mⱼ", "mask of token j: 1 it is there, 0 it is gone, between them it fades")
_D = ("d", "width of the encoder, its numbers per token")

STEPS = (
    StepText(
        "votes",
        "Attention as votes",
        "In every layer, each token of a sentence reads all tokens. It has one vote to hand out, in "
        "shares: much to a token that helps it, little to one that does not. Whoever reads, the shares add "
        "up to one. Here are the shares of layer {layer}, averaged over its {heads} heads; [CLS] and [SEP] "
        "are marks that the model adds.",
        "Choose who reads.",
        (r"\sum_{j} A_h[i,j] = 1",),
        (
            _ATTENTION,
            ("i", "the token that reads, a row of the matrix"),
            ("j", "the token that is read, a column"),
            ("h", "head: one of several that vote side by side in a layer"),
        ),
        "attention is that of any transformer (Vaswani et al. 2017); as votes: this tour’s picture.",
    ),
    StepText(
        "score",
        "The score is a column mean",
        "Turn the question round: not who gives, but who receives. A column holds all votes for one token. "
        "Added up and divided by a constant, they are its [score](/Glossary#score). A token that hardly "
        "anyone reads has a low score.",
        "Point at a column, tap it, or use the arrow keys on its name.",
        (r"s_j = \frac{1}{H\,N_\mathrm{ref}} \sum_{h}\sum_{i} A_h[i,j]",),
        (
            _SCORE,
            ("H", "number of heads in a layer"),
            (
                "N_ref",
                "what a column is divided by: {divisor}. The paper writes the sentence’s own length n, "
                "its published code 128; in one sentence, that changes the unit and not the order",
            ),
            _ATTENTION,
        ),
        "Kim et al. 2022, equation 3; `ltp_viz/core/scores.py`.",
    ),
    StepText(
        "threshold",
        "One threshold",
        "Draw a line, the [threshold](/Glossary#threshold). Who scores below it leaves the sentence for "
        "good, with nothing sorted and no number fixed beforehand: a sentence of fillers loses more words "
        "than one of substance. The first token always stays, because the answer is read from it.",
        "Move the line.",
        (r"\mathrm{keep}_j = \left[\, s_j \ge \theta_l \,\right]",),
        (
            _SCORE,
            _THETA,
            ("keepⱼ", "1 where token j stays, 0 where it is dropped; a threshold of 0 drops nothing"),
        ),
        "Kim et al. 2022, equation 4; one layer alone, all others drop nothing.",
    ),
    StepText(
        "layers",
        "Thresholds, layer by layer",
        "Every layer has a threshold of its own. Early ones mostly drop with care, as much may still be "
        "needed; late ones keep what the answer needs. What a layer drops, no later one sees, and so a "
        "sentence thins out on its way. Words struck through fall in that layer.",
        "Move all thresholds together; ×1 is as trained.",
        (r"\theta'_l = g\,\theta_l",),
        (
            _THETA,
            ("g", "global scale, the same for all layers; it is this app’s, and 1 is the published method"),
            ("θ′ₗ", "the threshold in use"),
        ),
        "Kim et al. 2022, equations 3 and 4 in each layer; a sweep of 61 real runs.",
    ),
    StepText(
        "masks",
        "Hard and soft masks",
        "A line that says yes or no has no slope, so nothing could teach it where to be. While thresholds "
        "learn, a [soft mask](/Glossary#soft-mask) lets tokens fade instead. Only those near the threshold "
        "pull at it. Too soft, and nobody is ever gone; too hard, and hardly anyone pulls.",
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
        "Three stages. First the model learns its task with all tokens. Then thresholds learn, between the "
        "task and a [price λ](/Glossary#lambda) on every token that stays. At last thresholds stand still, "
        "tokens are dropped for real, and the weights learn to live with that.",
        "Move through the log of the model you see.",
        (r"\mathcal{L} = \mathcal{L}_\mathrm{task} + \lambda \sum_{l} \overline{m}_l",),
        (
            ("ℒ", "loss of the soft stage, which training makes small"),
            ("λ", "price of a token that stays: the higher, the more is dropped"),
            ("m̄ₗ", "mean of the masks in layer l, the share of tokens still there"),
        ),
        "Kim et al. 2022, section 4.3 and equation 7; the model’s `training_log.jsonl`.",
    ),
    StepText(
        "cost",
        "Why removal saves",
        "Most of the work grows with the number of tokens: projections and the feed-forward part. "
        "Attention’s own matrix grows with its square, which counts only in long texts. Half the tokens "
        "save half of the first and three quarters of the second.",
        "Move the length.",
        (
            r"\mathrm{MACs}_l = \underbrace{4d^2 n + 2 d\,d_\mathrm{ff}\, n'}_{\text{linear}} "
            r"+ \underbrace{2 d\, n^2}_{\text{quadratic}}",
        ),
        (
            ("n", "tokens that enter the layer"),
            ("n′", "tokens that are left for its feed-forward part"),
            _D,
            ("d_ff", "width of the feed-forward part"),
            (
                "MACs",
                "multiply-accumulates; FLOPs are twice as many. Embeddings, softmax and head are left out",
            ),
        ),
        "`ltp_viz/core/flops.py`, formula of the published code; measured time is on Benchmark.",
    ),
    StepText(
        "failures",
        "Where it fails",
        "Attention received is not importance. A word can carry the verdict and be read by few; once it is "
        "gone, the answer turns. Each of these texts is answered rightly with all tokens and wrongly "
        "without.",
        "Move through them, and open one in Explore to see which word it was.",
        (),
        (),
        "`assets/examples/labelled.csv`, written to be hard, run just now; more in `docs/findings.md`.",
    ),
    StepText(
        "results",
        "Published, and measured here",
        "The paper about halves the FLOPs of a large encoder for less than one point. Ours is a small one, "
        "so its scores are lower: compare the change and the FLOPs, not the scores. One seed per run, so "
        "tenths of a point are chance.",
        "Choose a task.",
        (),
        (),
        "`assets/results.json`, as in `docs/results.md`; the paper is Kim et al. 2022.",
    ),
    StepText(
        "game",
        "Guess the next token to fall",
        "All thresholds rise together from zero, until some layer drops a token. Think of who reads it, "
        "not of what it means. After each guess you see what really fell, in which layer, and by how much "
        "yours escaped.",
        "Which one goes next?",
        (),
        (),
        "the order is that of 601 real runs of this sentence, ×0 to ×3.",
    ),
)
