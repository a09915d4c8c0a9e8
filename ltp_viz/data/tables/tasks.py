"""What a task is: where its texts and labels stand, what the labels mean, how it is scored."""

from dataclasses import dataclass
from typing import Literal

Metric = Literal["accuracy", "f1", "matthews", "pearson", "micro_f1"]

# Column names that data sets commonly use, tried in this order where nobody says which to read.
USUAL_TEXT_COLUMNS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("text_a", "text_b"),
    ("text1", "text2"),
    ("sentence_a", "sentence_b"),
    ("text",),
    ("sentence",),
    ("review",),
    ("content",),
    ("message",),
    ("comment",),
    ("tweet",),
    ("document",),
)
USUAL_LABEL_COLUMNS = (
    *("label", "labels", "gold_label", "target", "class"),
    *("category", "sentiment", "polarity", "score"),
)


@dataclass(frozen=True)
class Task:
    """One text or a pair of texts in, one class or one number out.

    Empty columns are looked up among the usual names, empty label names are taken from the training data.
    """

    name: str
    text_columns: tuple[str, ...] = ()  # one, or two for pairs
    label_column: str = ""
    label_names: tuple[str, ...] = ()
    is_regression: bool = False
    metric: Metric = "accuracy"  # the one that papers report
    max_tokens: int = 128
    hub: tuple[str, str | None] | None = None  # data set on the hub and its configuration

    @property
    def num_outputs(self) -> int:
        """C, the width of the logits."""
        return 1 if self.is_regression else len(self.label_names)


_PAIR = ("sentence1", "sentence2")
_GLUE = "nyu-mll/glue"

TASKS = {
    task.name: task
    for task in (
        Task("sst2", ("sentence",), "label", ("negative", "positive"), hub=(_GLUE, "sst2")),
        Task("mrpc", _PAIR, "label", ("different", "paraphrase"), metric="f1", hub=(_GLUE, "mrpc")),
        # RTE pairs are up to 289 tokens long.
        Task("rte", _PAIR, "label", ("entailment", "not entailment"), max_tokens=256, hub=(_GLUE, "rte")),
        Task(
            "stsb", _PAIR, "label", ("similarity",), is_regression=True, metric="pearson", hub=(_GLUE, "stsb")
        ),
        Task(
            "cola",
            ("sentence",),
            "label",
            ("unacceptable", "acceptable"),
            metric="matthews",
            hub=(_GLUE, "cola"),
        ),
        Task(
            "ag_news",
            ("text",),
            "label",
            ("World", "Sports", "Business", "Sci/Tech"),
            hub=("fancyzhx/ag_news", None),
        ),
        Task(
            "imdb",
            ("text",),
            "label",
            ("negative", "positive"),
            max_tokens=512,
            hub=("stanfordnlp/imdb", None),
        ),
        # Any other data: columns and labels come from the data, or from the caller.
        Task("custom"),
    )
}
