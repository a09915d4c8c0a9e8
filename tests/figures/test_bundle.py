"""Modules joined into one script: all of the live view's, and what cannot be joined."""

import re
from pathlib import Path

import pytest

from ltp_viz.figures.bundle import bundled_script, bundled_style
from ltp_viz.resources import ASSETS

LIVE = ASSETS / "live"


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "entry.js"


def test_modules_come_in_the_order_of_imports_and_once(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        entry='import { one } from "./a.js";\nimport {\n  two,\n} from "./b.js";\n\n'
        "export function sum() { return one + two; }\n",
        a='import { two } from "./b.js";\n\nexport const one = two - 1;\n',
        b="export const two = 2;\nconst unseen = 3;\n",
    )
    script = bundled_script(entry, "all")
    assert script.index("const two = 2") < script.index("const one = two - 1") < script.index("function sum")
    assert script.count("const two = 2") == 1
    assert "return { two };" in script and script.rstrip().endswith("const all = $module2;")
    assert not re.search(r"^(import|export)", script, re.MULTILINE)


def test_cycles_and_other_forms_are_refused(tmp_path: Path) -> None:
    cycle = write(
        tmp_path,
        entry='import { a } from "./a.js";\nexport const b = 1;\n',
        a='import { b } from "./entry.js";\nexport const a = 1;\n',
    )
    with pytest.raises(ValueError, match=r"entry\.js -> a\.js -> entry\.js"):
        bundled_script(cycle, "all")
    for line in ("export default 1;", 'import * as a from "./a.js";', 'export { a } from "./a.js";'):
        with pytest.raises(ValueError, match="only named imports and exports"):
            bundled_script(write(tmp_path, entry=f"{line}\n"), "all")


def test_every_module_and_style_of_the_live_view_is_in_use() -> None:
    script = bundled_script(LIVE / "index.js", "live")
    entries = {LIVE / "index.js", LIVE / "streamlit.js"}
    headers = {path: path.read_text().partition("\n")[0] for path in LIVE.rglob("*.js")}
    assert len(headers) > 30
    assert [path for path, first in headers.items() if first not in script] == [LIVE / "streamlit.js"]
    assert 'from "./index.js"' in (LIVE / "streamlit.js").read_text()
    assert all(first.startswith("// ") for path, first in headers.items() if path not in entries)
    styles = bundled_style(LIVE / "live.css")
    assert "@import" not in styles
    assert all(path.read_text() in styles for path in (LIVE / "styles").glob("*.css"))


def test_pure_modules_import_only_each_other() -> None:
    """They run without a document: in Node, and on the server."""
    for path in LIVE.glob("model/*.js"):
        imported = re.findall(r'from "([^"]*)"', path.read_text())
        assert all(name.startswith("./") for name in imported), path
    for path in LIVE.glob("scenes/*.js"):
        imported = re.findall(r'from "([^"]*)"', path.read_text())
        assert all(name.startswith(("./", "../model/")) for name in imported), path
    for path in LIVE.glob("dom/*.js"):
        assert "../parts/" not in path.read_text(), path
