"""The bundled labelled examples are whole, balanced and short enough to be read in full."""

import csv
import io
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from ltp_viz import TextClassifier

FILE = Path(__file__).parents[3] / "assets/examples/labelled.csv"
KINDS = (
    "plain",
    "negation",
    "double negation",
    "contrast",
    "irony",
    "comparison",
    "conditional",
    "quoted opinion",
    "late turn",
    "intensifier or hedge",
    "rare words or slang",
    "mixed details",
    "numbers and facts",
)
MOST_TOKENS = 256
MOST_SHARED_WORDS = 0.6  # of the words of two texts together

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    return list(csv.DictReader(io.StringIO(FILE.read_bytes().decode()), strict=True))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def positive_share(rows: Rows) -> float:
    return sum(row["label"] == "positive" for row in rows) / len(rows)


def test_columns_and_line_ends() -> None:
    content = FILE.read_bytes()
    assert content.startswith(b"text,label,kind\n") and content.endswith(b"\n") and b"\r" not in content


def test_every_cell_is_filled(rows: Rows) -> None:
    assert 200 <= len(rows) <= 220
    for row in rows:
        assert set(row) == {"text", "label", "kind"} and all(row.values()), row
        assert row["text"] == " ".join(row["text"].split()), row
        assert row["label"] in ("positive", "negative"), row


def test_kinds(rows: Rows) -> None:
    counts = Counter(row["kind"] for row in rows)
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 14


def test_labels_are_balanced(rows: Rows) -> None:
    assert 0.45 <= positive_share(rows) <= 0.55


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_a_kind_are_balanced(rows: Rows, kind: str) -> None:
    assert 0.35 <= positive_share([row for row in rows if row["kind"] == kind]) <= 0.65


def test_no_text_is_like_another(rows: Rows) -> None:
    texts = [words(row["text"]) for row in rows]
    openings = Counter(tuple(text[:3]) for text in texts)
    assert [opening for opening, count in openings.items() if count > 2] == []
    for first, second in combinations(map(frozenset, texts), 2):
        assert len(first & second) <= MOST_SHARED_WORDS * len(first | second), (first, second)


def test_lengths_in_words(rows: Rows) -> None:
    lengths = [len(row["text"].split()) for row in rows]
    assert min(lengths) >= 4 and max(lengths) <= 120
    assert sum(length >= 60 for length in lengths) >= 10


def test_every_text_is_read_in_full(classifier: TextClassifier, rows: Rows) -> None:
    assert max(classifier.tokenize(row["text"]).total_tokens for row in rows) <= MOST_TOKENS
