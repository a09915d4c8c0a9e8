"""The question which words explain a run's answer, and the job that answers it."""

from collections.abc import Hashable
from dataclasses import dataclass

from ltp_viz.analysis.jobs.threads import Job
from ltp_viz.analysis.why.explanation import METHODS, Explanation, explain
from ltp_viz.core.reduction import ReductionRule
from ltp_viz.core.trace import TokenizedText
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.ui.shell.jobs import Running, put_running, queue


@dataclass(frozen=True, eq=False)
class Question:
    """A text under a rule, whose answer is to be explained."""

    classifier: TextClassifier
    source: TokenizedText
    rule: ReductionRule

    @property
    def key(self) -> Hashable:
        """The same for questions that have the same explanation."""
        # The model itself and not its name: two folders may have the same name.
        return (
            self.classifier.model,
            self.classifier.labels,
            self.source.text,
            self.source.text_pair,
            repr(self.rule),
        )


def begin(question: Question, place: str) -> None:
    """Explain in the background; the place's earlier job is cancelled."""

    def work(job: Job[Explanation]) -> Explanation:
        with job.turn():
            return explain(question.classifier, question.source, question.rule, METHODS, job.advance)

    put_running(place, Running(question.key, Job(work, queue())))
