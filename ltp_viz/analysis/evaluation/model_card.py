"""A model card in Markdown from an evaluation: what was measured, on what, and how the model was made."""

import json

from ltp_viz.analysis.evaluation.evaluate import Evaluation
from ltp_viz.core.config import LOAD_WITH, LTPConfig
from ltp_viz.core.rules.relative_threshold import RelativeThresholdRule
from ltp_viz.core.rules.top_k import TopKRule
from ltp_viz.data.checkpoints.trained_rule import trained_rule

_NAMES = {
    "accuracy": "accuracy",
    "f1": "F1",
    "micro_f1": "micro F1, all labels together",
    "macro_f1": "macro F1, mean over labels",
    "subset_accuracy": "accuracy of whole sets of labels",
    "matthews": "Matthews correlation",
    "pearson": "Pearson correlation",
    "spearman": "Spearman correlation",
    "mse": "mean squared error",
}


def metric_name(metric: str, num_classes: int = 2) -> str:
    """A score's display name."""
    if metric == "f1" and num_classes > 2:
        return "F1, mean over classes"
    return _NAMES.get(metric, metric)


def pruning_words(config: LTPConfig) -> str:
    """How the model drops tokens, in words."""
    rule = trained_rule(config)
    if isinstance(rule, TopKRule):
        return "by top-k, at rates set by the target FLOPs (not learned)"
    if rule is not None:
        return "by a fraction of the text's highest score (not learned)"
    if (config.recipe or {}).get("pruning") == "manual":
        return "by one threshold for all layers, set by the target FLOPs (not learned)"
    return "by learned thresholds" if config.thresholds_learned else "by thresholds that were not learned"


def setting_words(config: LTPConfig, global_scale: float) -> str:
    """The pruning setting: the scale of the thresholds, or the schedule that replaces them."""
    rule = trained_rule(config)
    if rule is None:
        return f"thresholds x{global_scale:g}"
    return "top-k at its trained rates" if isinstance(rule, TopKRule) else "fractions of the highest score"


def evaluation_table(
    evaluation: Evaluation, dense_stage: dict[str, float] | None = None, num_classes: int = 2
) -> str:
    """Scores pruned beside dense as a Markdown table; `dense_stage` holds those of the run's dense stage."""
    head = ["", *(["dense stage"] if dense_stage else []), "same weights, without pruning", "pruned"]
    rows = [head, ["---"] * len(head)]
    for metric, value in evaluation.pruned.items():
        before = [f"{dense_stage[metric]:.4f}"] if dense_stage else []
        name = metric_name(metric, num_classes)
        rows.append([name, *before, f"{evaluation.dense[metric]:.4f}", f"{value:.4f}"])
    rows.append(["FLOPs", *(["1x"] if dense_stage else []), "1x", f"{evaluation.flops_reduction:.2f}x fewer"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def buckets_table(evaluation: Evaluation, metric: str, num_classes: int = 2) -> str:
    """One score by length as a Markdown table."""
    lines = [
        f"| tokens | texts | {metric_name(metric, num_classes)}, without pruning | pruned | FLOPs |",
        "|---|---|---|---|---|",
    ]
    for bucket in evaluation.buckets:
        lines.append(
            f"| {bucket.shortest} to {bucket.longest} | {bucket.texts:,} | {bucket.dense[metric]:.4f} "
            f"| {bucket.pruned[metric]:.4f} | {bucket.flops_reduction:.2f}x fewer |"
        )
    return "\n".join(lines)


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
    """The whole card. A person must add licence and limits."""
    parts = [
        "---\npipeline_tag: text-classification\n---",
        f"# {name}",
        f"A {config.num_hidden_layers}-layer, {config.hidden_size}-wide {config.base_family} encoder that "
        f"drops tokens between layers, {pruning_words(config)}, with the token scores of Kim et al., "
        "*Learned Token Pruning for Transformers* (KDD 2022, arXiv 2107.00910). Answers: "
        + ", ".join(config.label_names)
        + ".",
        f"On {data}, {evaluation.texts:,} texts, {setting_words(config, evaluation.global_scale)}:",
        evaluation_table(evaluation, dense_stage, config.num_classes),
        "FLOPs count the encoder's matrix products; embeddings, softmax, norms and head are left out."
        + (
            ""
            if evaluation.agreement is None
            else f" Both answers agree on {evaluation.agreement:.2%} of texts."
        ),
        *([timing] if timing else []),
        f"By length, in {len(evaluation.buckets)} parts:",
        buckets_table(evaluation, metric, config.num_classes),
        f"Load it with\n\n```python\n{LOAD_WITH}\n```\n\nwhich also registers the class with transformers.",
        f"Repeat with\n\n```\n{command}\n```",
        _by_layer(config),
        f"## Recipe\n\n{_recipe_words(config)}",
        "## Limits\n\nTo be completed before publication: licence, data, what the model must not be "
        "used for.",
    ]
    return "\n\n".join(parts) + "\n"


def _by_layer(config: LTPConfig) -> str:
    rule = trained_rule(config)
    if isinstance(rule, RelativeThresholdRule):
        fractions = ", ".join(f"{fraction:.3f}" for fraction in rule.of_layers(config.num_hidden_layers))
        return f"## Fractions\n\nOf a text's highest score, below which a token is dropped: {fractions}."
    if isinstance(rule, TopKRule):
        rates = ", ".join(f"{rate:.3f}" for rate in rule.rates)
        return f"## Rates\n\nShare of a text's tokens that are kept, layer by layer: {rates}."
    thresholds = ", ".join(f"{threshold:.5f}" for threshold in config.thresholds)
    learned = "" if config.thresholds_learned else " (not learned)"
    return f"## Thresholds\n\nLayer by layer: {thresholds}{learned}."


def _recipe_words(config: LTPConfig) -> str:
    """The settings that the training used; under a target, lambda is found and not one of them."""
    recipe = dict(config.recipe or {})
    if not recipe:
        return "Not recorded."
    found = ""
    if recipe.get("target_flops"):
        recipe.pop("regularizer_weight", None)
        if "soft_lambda" in recipe:
            found = "Lambda was adjusted to reach the target FLOPs; `soft_lambda` is its last value.\n\n"
    return f"{found}```json\n{json.dumps(recipe, indent=2)}\n```"
