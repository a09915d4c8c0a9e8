"""The pages of the app in the order of the navigation, with the question that each answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    """The top of a page. `question` is its H1; `sentence` says how the page answers it."""

    question: str
    sentence: str

    @property
    def description(self) -> str:
        """Both, as metadata and alternative text have them."""
        return f"{self.question}{'' if self.question.endswith('?') else '.'} {self.sentence}"


PAGES = {
    "app.py": "Explore",
    "pages/Compare.py": "Compare",
    "pages/Dataset.py": "Dataset lab",
    "pages/Learn.py": "Learn",
    "pages/Benchmark.py": "Benchmark",
    "pages/Glossary.py": "Glossary",
}
HEADS = {
    "Explore": Head(
        "Watch a language model skip words",
        "Each layer drops the tokens nobody looks at. Drag until the answer breaks.",
    ),
    "Compare": Head(
        "Which tokens should a model drop?",
        "Pruning rules side by side at the same compute, on your text and on a labelled data set.",
    ),
    "Dataset lab": Head(
        "Where does pruning go wrong?",
        "Run labelled texts with and without pruning: which answers change, and which words were dropped.",
    ),
    "Learn": Head(
        "How does a model learn what to skip?",
        "Ten short steps, each with one control, on a real model. About five minutes.",
    ),
    "Benchmark": Head(
        "How much faster is pruning on this machine?",
        "FLOPs predict speed; this page measures it, with and without pruning, in turn.",
    ),
    "Glossary": Head(
        "What does this word mean?",
        "Every term on the screens, explained once. The question marks beside them link here.",
    ),
}
