"""Pages import only the ui. import-linter cannot check `app.py`, which is no package."""

import ast
from pathlib import Path

import pytest

from ltp_viz.ui.shell.pages import PAGES

ROOT = Path(__file__).parents[1]


def imported_modules(script: Path) -> set[str]:
    """Modules that a script imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a script has no package to import from"
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_imports_the_ui_alone(path: str) -> None:
    modules = imported_modules(ROOT / path)
    assert "ltp_viz.ui.shell" in modules
    assert [name for name in modules if not f"{name}.".startswith("ltp_viz.ui.")] == []


def test_every_script_is_a_page_of_the_navigation() -> None:
    scripts = {"app.py", *(f"pages/{script.name}" for script in (ROOT / "pages").glob("*.py"))}
    assert scripts == set(PAGES)
