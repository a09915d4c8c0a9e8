"""The question which words explain a run's answer, and the job that computes the explanation."""

from collections.abc import Hashable
from dataclasses import dataclass

from ltp_viz.analysis.jobs.threads import Job
from ltp_viz.analysis.why.explanation import METHODS, Explanation, explain
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.shell.jobs import Running, queue, set_job


@dataclass(frozen=True, eq=False)
class Question:
    """A text under a rule, whose answer is to be explained."""

    classifier: TextClassifier
    source: TokenizedText
    rule: ReductionRule

    @property
    def key(self) -> Hashable:
        """Equal for questions with the same explanation."""
        # The model itself, not its name, as two folders may have the same name.
        return (
            self.classifier.model,
            self.classifier.labels,
            self.source.text,
            self.source.text_pair,
            repr(self.rule),
        )


def begin(question: Question, place: str) -> None:
    """Explain in the background; cancels the place's earlier job."""

    def work(job: Job[Explanation]) -> Explanation:
        with job.turn():
            return explain(question.classifier, question.source, question.rule, METHODS, job.advance)

    set_job(place, Running(question.key, Job(work, queue())))
