"""The live view as one HTML file that needs no server and sends no request."""

import html
from collections.abc import Sequence
from string import Template
from typing import Any

from ltp_viz.figures.bundle import bundled_script, bundled_style
from ltp_viz.figures.offline import content_policy, script_data
from ltp_viz.ui.explore.live_view import FOLDER

_MOUNT = """
const host = document.getElementById("mount");
for (const data of JSON.parse(document.getElementById("data").textContent)) {
  live.mountView({ data, parentElement: host, setStateValue() {} });
}
"""


def offline_page(title: str, page_data: Sequence[dict[str, Any]]) -> str:
    """The page, from the data of the live view's mounts."""
    script = (bundled_script(FOLDER / "index.js", "live") + _MOUNT).replace("</script", "<\\/script")
    return Template((FOLDER / "offline.html").read_text()).substitute(
        title=html.escape(title),
        policy=content_policy(script),
        styles=bundled_style(FOLDER / "live.css"),
        data=script_data(_offline(page_data)),
        script=script,
    )


def _offline(page_data: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The data of every mount, with a flag in the main one that there is no server."""
    return [{**data, "offline": True} if "stage" in data else data for data in page_data]
