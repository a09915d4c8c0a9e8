"""Scores of the unpruned model that a pruned one was trained from."""

from ltp_viz.data.checkpoints.load import load_model
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.label_sets import truth_of
from ltp_viz.data.metrics import task_metrics
from ltp_viz.data.tables.datasets import LabelledTexts
from ltp_viz.data.tables.labelled_data import check_fits
from ltp_viz.data.tables.tasks import Task


def dense_stage_scores(
    classifier: TextClassifier, location: str, task: Task, data: LabelledTexts, batch_size: int = 32
) -> dict[str, float]:
    """Scores on the same texts of the model at `location`, a folder or hub name, without pruning.

    Raises InputError if that model is for another task than `classifier`.
    """
    dense = load_model(location)
    try:
        check_fits(dense, task, data)
    except InputError as error:
        raise InputError(f"--dense {location} does not belong to this model and data: {error}") from error
    if dense.labels != classifier.labels:
        raise InputError(
            f"--dense {location} has the labels {', '.join(dense.labels)} and the model "
            f"{', '.join(classifier.labels)}; give the dense stage of the model's own run."
        )
    answers = dense.predict(data.texts, batch_size, 0.0, text_pairs=data.text_pairs)
    kind = dense.config.answer_kind
    return task_metrics(truth_of(data.labels, kind, len(dense.labels)), answers.logits)
