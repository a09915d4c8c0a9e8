"""The live view as one HTML file that needs no server and sends no request."""

import html
import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from string import Template
from typing import Any

from ltp_viz.ui.live_view import SCRIPTS, STYLES, asset

_ENTRY = "export default function ("
_MOUNT = """
const host = document.getElementById("mount");
for (const data of JSON.parse(document.getElementById("data").textContent)) {
  mountView({ data, parentElement: host, setStateValue() {} });
}
"""
# Characters that could end or open an element inside a script element, or a line inside a string.
_AS_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def offline_page(title: str, page_data: Sequence[dict[str, Any]]) -> str:
    """The page, from what the mounts of the live view were given."""
    script = _script()
    return Template(asset("offline.html")).substitute(
        title=html.escape(title),
        policy=_policy(script),
        styles=asset(*STYLES),
        data=json.dumps(_offline(page_data)).translate(_AS_ESCAPES),
        script=script,
    )


def _script() -> str:
    """The view's module with a name for its entry, since an inline module cannot be imported."""
    module = asset(*SCRIPTS)
    if module.count(_ENTRY) != 1:
        raise RuntimeError(f"The live view's scripts must hold {_ENTRY!r} once.")
    return (module.replace(_ENTRY, "function mountView(") + _MOUNT).replace("</script", "<\\/script")


def _policy(script: str) -> str:
    """No request and no script but this one; pictures are drawn from what the page holds itself."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _offline(page_data: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every mount's data; the main one says that no server answers."""
    return [{**data, "offline": True} if "stage" in data else data for data in page_data]
