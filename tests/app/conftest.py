"""A session of the app that several test files share."""

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz import settings
from tests.app.seen import opened
from tests.conftest import SST2_MODEL


@pytest.fixture
def short_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages open with the model that drops words in several layers, as the fixture `classifier` does."""
    monkeypatch.setenv(settings.MODEL.name, str(SST2_MODEL))


@pytest.fixture
def app() -> AppTest:
    """Explore on its first visit."""
    return opened()
