"""What a browser or search engine gets of a page first: Streamlit's shell with the page's title.

Streamlit names every page "Streamlit" until its script has run, and its front end finds the path that it is
served below by requests that fail. The shell loads its files relative to itself, so the path is known: a
constant script states it.
"""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

import streamlit

from ltp_viz.ui.shell.pages import PAGES

_DESCRIPTIONS = {
    "app.py": "Watch a transformer drop tokens: one text through a pruned model, with thresholds to move.",
    "pages/Compare.py": "Two to four pruning rules, models or texts side by side, at equal cost.",
    "pages/Dataset.py": "Run a pruned model over labelled texts and see which answers pruning changes.",
    "pages/Learn.py": "Ten short steps on how Learned Token Pruning works, on a real model.",
    "pages/Benchmark.py": "How much faster pruning is on this machine, beside what FLOPs predict.",
    "pages/Glossary.py": "Every term of token pruning that the app uses, explained once.",
}
# The shell's directory is where its files lie, at whatever path a server or a proxy shows it.
_BASE_SCRIPT = 'window.__streamlit = {BACKEND_BASE_URL: new URL(".", location.href).href}'
_TITLE = "<title>Streamlit</title>"


def _streamlit_shell() -> str:
    return (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")


def first_html() -> dict[str, str]:
    """HTML of every page by its path below the app's own, "" for the first page."""
    shell = _streamlit_shell()
    if _TITLE not in shell:
        raise RuntimeError(f"Streamlit's index.html has no {_TITLE}; adapt {__name__} to this version.")
    return {
        "" if path == "app.py" else Path(path).stem: shell.replace(
            _TITLE, _head(f"{name} · LTP-Viz", _DESCRIPTIONS[path]), 1
        )
        for path, name in PAGES.items()
    }


def script_hashes() -> str:
    """Of all scripts that stand in these pages: they may run, and no other script in a page."""
    scripts = [_BASE_SCRIPT, *re.findall(r"<script[^>]*>(.+?)</script>", _streamlit_shell(), re.DOTALL)]
    return " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)


def _head(title: str, description: str) -> str:
    title, description = escape(title), escape(description)
    return "\n    ".join(
        (
            f"<title>{title}</title>",
            f'<meta name="description" content="{description}" />',
            f'<meta property="og:title" content="{title}" />',
            f'<meta property="og:description" content="{description}" />',
            f"<script>{_BASE_SCRIPT}</script>",
        )
    )
