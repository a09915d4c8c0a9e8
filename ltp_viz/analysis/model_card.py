"""A model card in Markdown from an evaluation: what was measured, on what, and how the model was made."""

import json

from ltp_viz.analysis.benchmark import Cell
from ltp_viz.analysis.evaluation import Evaluation
from ltp_viz.core.config import LTPConfig

_NAMES = {
    "accuracy": "accuracy",
    "f1": "F1",
    "matthews": "Matthews correlation",
    "pearson": "Pearson correlation",
    "spearman": "Spearman correlation",
    "mse": "mean squared error",
}


def metric_name(metric: str) -> str:
    """A score's name as people write it."""
    return _NAMES.get(metric, metric)


def evaluation_table(evaluation: Evaluation, dense_stage: dict[str, float] | None = None) -> str:
    """Scores pruned beside dense as a Markdown table; `dense_stage` are those of the unpruned ancestor."""
    head = ["", *(["dense stage"] if dense_stage else []), "same weights, nothing dropped", "pruned"]
    rows = [head, ["---"] * len(head)]
    for metric, value in evaluation.pruned.items():
        before = [f"{dense_stage[metric]:.4f}"] if dense_stage else []
        rows.append([metric_name(metric), *before, f"{evaluation.dense[metric]:.4f}", f"{value:.4f}"])
    rows.append(["FLOPs", *(["1x"] if dense_stage else []), "1x", f"{evaluation.flops_reduction:.2f}x fewer"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def buckets_table(evaluation: Evaluation, metric: str) -> str:
    """One score by length as a Markdown table."""
    lines = [
        f"| tokens | texts | {metric_name(metric)}, nothing dropped | pruned | FLOPs |",
        "|---|---|---|---|---|",
    ]
    for bucket in evaluation.buckets:
        lines.append(
            f"| {bucket.shortest} to {bucket.longest} | {bucket.texts:,} | {bucket.dense[metric]:.4f} "
            f"| {bucket.pruned[metric]:.4f} | {bucket.flops_reduction:.2f}x fewer |"
        )
    return "\n".join(lines)


def timing_sentence(cell: Cell, processor: str, threads: int) -> str:
    """Measured time in one sentence."""
    return (
        f"Measured on {processor}, {threads} threads, {cell.dtype}, batches of {cell.batch_size} sorted by "
        f"length, {cell.texts:,} texts: {cell.dense_ms:.2f} ms per text dense (Hugging Face, sdpa), "
        f"{cell.pruned_ms:.2f} ms pruned, {cell.speed_up:.2f} times faster."
    )


def model_card(
    name: str,
    config: LTPConfig,
    evaluation: Evaluation,
    metric: str,
    data: str,
    command: str,
    dense_stage: dict[str, float] | None = None,
    timing: str | None = None,
) -> str:
    """The whole card. Licence and limits are for a person to add."""
    recipe = json.dumps(config.recipe, indent=2) if config.recipe else "not recorded"
    thresholds = ", ".join(f"{threshold:.5f}" for threshold in config.thresholds)
    parts = [
        "---\npipeline_tag: text-classification\n---",
        f"# {name}",
        f"A {config.num_hidden_layers}-layer, {config.hidden_size}-wide {config.base_family} encoder that "
        "drops tokens on the way, by thresholds learned as in Kim et al., *Learned Token Pruning for "
        "Transformers* (KDD 2022, arXiv 2107.00910). Answers: " + ", ".join(config.label_names) + ".",
        f"On {data}, {evaluation.texts:,} texts, thresholds x{evaluation.global_scale:g}:",
        evaluation_table(evaluation, dense_stage),
        "FLOPs count the encoder's matrix products; embeddings, softmax, norms and head are left out."
        + (
            ""
            if evaluation.agreement is None
            else f" Both answers agree on {evaluation.agreement:.2%} of texts."
        ),
        *([timing] if timing else []),
        f"By length, in {len(evaluation.buckets)} parts:",
        buckets_table(evaluation, metric),
        f"Repeat with\n\n```\n{command}\n```",
        f"## Thresholds\n\nLayer by layer: {thresholds}"
        + ("." if config.thresholds_learned else " (not learned)."),
        f"## Recipe\n\n```json\n{recipe}\n```",
        "## Limits\n\nTo be filled in by whoever publishes this model: licence, data, what it must not be "
        "used for.",
    ]
    return "\n\n".join(parts) + "\n"
