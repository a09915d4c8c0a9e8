"""A session of the app that several test files share."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.seen import opened


@pytest.fixture
def app() -> AppTest:
    """Explore on its first visit."""
    return opened()
