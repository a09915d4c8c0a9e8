"""Every environment variable of this project is read in one place."""

import ast
import re

import pytest

from ltp_viz import settings
from tests.conftest import ROOT

SOURCES = [*(ROOT / "ltp_viz").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]


def test_no_other_file_names_a_variable_to_read() -> None:
    """A message may contain a name; a string that is only a name is there to be read."""
    readers = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"LTP_VIZ_\w+", str(node.value)):
                readers.add(path.name)
    assert readers == {"settings.py"}


def test_all_are_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [each for each in vars(settings).values() if isinstance(each, settings.Setting)]
    assert {each.name for each in declared} == {each.name for each in settings.FOR_USERS} | {"LTP_VIZ_SERVED"}
    for each in declared:
        monkeypatch.setenv(each.name, "here")
        assert each.read() == "here" and each.meaning
        monkeypatch.delenv(each.name)
        assert each.read() == ""
