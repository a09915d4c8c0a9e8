"""The live view as one HTML file that needs no server and sends no request."""

import html
from collections.abc import Sequence
from string import Template
from typing import Any

from ltp_viz.figures.offline import content_policy, script_data
from ltp_viz.ui.explore.live_view import SCRIPTS, STYLES, asset

_ENTRY = "export default function ("
_MOUNT = """
const host = document.getElementById("mount");
for (const data of JSON.parse(document.getElementById("data").textContent)) {
  mountView({ data, parentElement: host, setStateValue() {} });
}
"""


def offline_page(title: str, page_data: Sequence[dict[str, Any]]) -> str:
    """The page, from the data of the live view's mounts."""
    script = _script()
    return Template(asset("offline.html")).substitute(
        title=html.escape(title),
        policy=content_policy(script),
        styles=asset(*STYLES),
        data=script_data(_offline(page_data)),
        script=script,
    )


def _script() -> str:
    """The view's module with a named entry function, as an inline module cannot be imported."""
    module = asset(*SCRIPTS)
    if module.count(_ENTRY) != 1:
        raise RuntimeError(f"The live view's scripts must hold {_ENTRY!r} once.")
    return (module.replace(_ENTRY, "function mountView(") + _MOUNT).replace("</script", "<\\/script")


def _offline(page_data: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The data of every mount, with a flag in the main one that there is no server."""
    return [{**data, "offline": True} if "stage" in data else data for data in page_data]
