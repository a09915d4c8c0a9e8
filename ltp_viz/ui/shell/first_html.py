"""What a browser or search engine gets of a page first: Streamlit's shell with the page's title.

Streamlit names every page "Streamlit" until its script has run, and its front end finds the path that it is
served below by requests that fail. The shell loads its files relative to itself, so the path is known: a
constant script states it.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit

from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.link import unpack_text
from ltp_viz.ui.shell.pages import HEADS, PAGES, Head

# The shell's directory is where its files lie, at whatever path a server or a proxy shows it.
# The theme switch (`assets/shell/tools.js`) stores its choice once, Streamlit per page: the script copies it.
_SCRIPT = """window.__streamlit = {BACKEND_BASE_URL: new URL(".", location.href).href};
try {
  const theme = localStorage.getItem("ltp_theme"), root = document.documentElement.dataset;
  if (theme) {
    root.theme = theme;
    localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(theme));
  }
  if (localStorage.getItem("ltp_size")) root.size = localStorage.getItem("ltp_size");
} catch {}"""
_TITLE = "<title>Streamlit</title>"
_LANGUAGE, _BODY = '<html lang="en">', "<body>"
_TEXT_SHOWN = 70  # characters of a link's text in its title


@dataclass(frozen=True)
class FirstPage:
    """A page as it is first sent."""

    title: str
    description: str
    html: str


@dataclass(frozen=True)
class Preview:
    """What a preview of a link is made from. `address`: of the app, without a slash at its end, or ""."""

    title: str
    description: str
    parameters: Mapping[str, str]
    address: str


def _streamlit_shell() -> str:
    return (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")


def first_html() -> dict[str, FirstPage]:
    """Every page by its path below the app's own, "" for the first page."""
    shell = _streamlit_shell()
    for part in (_TITLE, _LANGUAGE, _BODY, "</head>"):
        if part not in shell:
            raise RuntimeError(f"Streamlit's index.html has no {part}; adapt {__name__} to this version.")
    pages = {}
    for path, name in PAGES.items():
        head = HEADS[name]
        title, description = f"{name} · LTP-Viz", head.description
        html = shell.replace(_TITLE, _head(title, description), 1)
        # Streamlit updates text nodes in place; a translator that replaces them would leave old words and
        # numbers on the page. Tokens must stay as the model reads them in any case.
        html = html.replace(_LANGUAGE, '<html lang="en" translate="no">', 1)
        html = html.replace(_BODY, f"{_BODY}{_skeleton(head)}", 1)
        pages["" if path == "app.py" else Path(path).stem] = FirstPage(title, description, html)
    return pages


def script_hashes() -> str:
    """Of all scripts that stand in these pages: they may run, and no other script in a page."""
    scripts = [_SCRIPT, *re.findall(r"<script[^>]*>(.+?)</script>", _streamlit_shell(), re.DOTALL)]
    return " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)


def preview_tags(preview: Preview) -> str:
    """Metadata by which networks and messengers show the link: title, description and picture."""
    page = preview.title.partition(" · ")[0]
    parameters = {**preview.parameters} if page == "Explore" else {"page": page}
    image = f"{preview.address}/_ltp/card.png" + (f"?{urlencode(parameters)}" if parameters else "")
    title = preview.title
    if page == "Explore" and (text := unpack_text(preview.parameters.get("text", ""))):
        words = " ".join(text.split())
        title = f"“{words[:_TEXT_SHOWN]}{'…' if len(words) > _TEXT_SHOWN else ''}” · LTP-Viz"
    return _tags(
        {
            "og:type": "website",
            "og:title": title,
            "og:description": preview.description,
            "og:image": image,
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": f"{title}: what pruning does to this text, as a picture",
        },
        "property",
    ) + _tags(
        {
            "twitter:card": "summary_large_image",
            "twitter:title": title,
            "twitter:description": preview.description,
            "twitter:image": image,
        },
        "name",
    )


def _tags(values: Mapping[str, str], attribute: str) -> str:
    return "".join(
        f'    <meta {attribute}="{name}" content="{escape(value)}" />\n' for name, value in values.items()
    )


def _head(title: str, description: str) -> str:
    return "\n    ".join(
        (
            f"<title>{escape(title)}</title>",
            f'<meta name="description" content="{escape(description)}" />',
            '<meta name="google" content="notranslate" />',
            f"<script>{_SCRIPT}</script>",
        )
    )


def _skeleton(head: Head) -> str:
    """The bar and the question where the page draws them later, until it does."""
    # The page's own style, too: Streamlit would apply it a moment after the first elements.
    style = "".join((ASSETS / f"shell/{name}.css").read_text() for name in ("shell", "skeleton"))
    return (
        f'<style>{style}</style><div id="skeleton" aria-hidden="true">'
        '<p class="brand"><i></i><b>LTP-Viz</b></p>'
        f"<p class=question>{escape(head.question)}</p><p>{escape(head.sentence)}</p></div>"
    )
