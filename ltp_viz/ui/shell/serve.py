"""The app on a port, with headers that tell browsers to trust nothing else.

`python -m ltp_viz.ui.shell.serve` starts it.

Streamlit's own `streamlit run app.py` shows the same pages without these headers.
"""

import argparse
import os
import re
import sys
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util
from streamlit.starlette import App

from ltp_viz.analysis.memory import keep_flat_over_threads
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.page import ROOT, SERVED_VARIABLE


def _inline_scripts() -> str:
    """Of Streamlit's page, by their hashes: they may run, and no other script that stands in a page."""
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script[^>]*>(.+?)</script>", page, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)


# Streamlit's front end sets styles in line and runs a component's script from a blob; plotly draws its
# pictures by way of data and blobs. Nothing comes from, or goes to, another host.
_CONTENT = {
    "default-src": "'self'",
    "script-src": f"'self' blob: {_inline_scripts()}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in _CONTENT.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # links hold the text that they are about
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds `HEADERS` to every answer; keeps what Streamlit tells of its sessions from strangers."""

    def __init__(self, app: ASGIApp, is_public: bool):
        self._app = app
        self._hidden = ("/_stcore/metrics",) if is_public else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] == "http" and scope["path"].rstrip("/").endswith(self._hidden):
            await PlainTextResponse("Not found", 404)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped; an impossible setting of the environment ends with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m ltp_viz.ui.shell.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8501, help="default 8501")
    parser.add_argument(
        "--address", default="localhost", help="default localhost, which nobody else's machine reaches"
    )
    parser.add_argument(
        "--name",
        help="host name or outer address by which browsers reach the app, where it is another",
    )
    asked = parser.parse_args(arguments)
    try:
        allowed = access()
    except InputError as error:
        parser.error(str(error))
    script = ROOT / "app.py"
    sys.argv = [str(script)]  # Streamlit looks for its settings beside what was started
    os.environ[SERVED_VARIABLE] = "1"
    keep_flat_over_threads()
    # Streamlit would ask another host for this machine's address whenever a page of another name wants to
    # connect, and serve nobody while it waits.
    net_util.get_external_ip = lambda: None
    app = App(script, middleware=[Middleware(SecurityHeaders, is_public=allowed.is_public)])
    app.run(
        config={
            "server.port": asked.port,
            "server.address": asked.address,
            "server.maxUploadSize": allowed.upload_mb,
            # Streamlit refuses connections that a page of another name opens.
            **({"browser.serverAddress": asked.name} if asked.name else {}),
        }
    )


if __name__ == "__main__":
    main()
