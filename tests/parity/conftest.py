"""Fixtures: outputs of the published implementation and the model they were computed on."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForSequenceClassification

from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """`cases.json`, whole."""
    return json.loads((REFERENCE / "cases.json").read_text())


@pytest.fixture(scope="session")
def dense_reference() -> Any:
    """The random RoBERTa as Hugging Face loads it."""
    return AutoModelForSequenceClassification.from_pretrained(REFERENCE).eval()


@pytest.fixture(scope="session")
def reference_model(dense_reference: Any) -> LTPForSequenceClassification:
    """The same weights in our encoder."""
    return convert_classifier(dense_reference)
