"""Serves the app on a port, with security headers. `ltp-viz app` starts it.

Streamlit's own `streamlit run app.py` serves the same pages without these headers.
"""

import errno
import os
import re
import socket
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util
from streamlit.starlette import App

from ltp_viz import settings
from ltp_viz.analysis.memory import keep_flat_over_threads
from ltp_viz.data.errors import InputError
from ltp_viz.resources import APP
from ltp_viz.ui.shell.access import access


def _inline_scripts() -> str:
    """Hashes of the inline scripts in Streamlit's page, which are the only ones that may run."""
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script[^>]*>(.+?)</script>", page, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)


# Streamlit's front end uses inline styles and runs a component's script from a blob; plotly renders pictures
# through data URLs and blobs. Nothing is loaded from, or sent to, another host.
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
    "Referrer-Policy": "same-origin",  # links contain texts
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds `HEADERS` to every response; hides Streamlit's session statistics from visitors of a public
    app."""

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


def serve(port: int, address: str, name: str | None = None) -> None:
    """Serve until stopped. `name` is the host name by which browsers reach the app, if it differs from
    `address`. Raises InputError if the port or address is unavailable, or a setting is invalid."""
    allowed = access()
    check_port_is_free(port, address)
    sys.argv = [str(APP)]  # Streamlit looks for .streamlit/config.toml in the working folder
    os.environ[settings.SERVED.name] = "1"
    keep_flat_over_threads()
    # Otherwise Streamlit would request this machine's address from another host whenever a page with another
    # name connects, and block meanwhile.
    net_util.get_external_ip = lambda: None
    app = App(APP, middleware=[Middleware(SecurityHeaders, is_public=allowed.is_public)])
    app.run(
        config={
            "server.port": port,
            "server.address": address,
            "server.maxUploadSize": allowed.upload_mb,
            # Streamlit refuses connections from pages with another host name.
            **({"browser.serverAddress": name} if name else {}),
        }
    )


def check_port_is_free(port: int, address: str) -> None:
    """Raises InputError if the port of the address cannot be used."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except socket.gaierror as error:
        raise InputError(
            f"--address is {address!r}, which is not an address of this machine; give localhost, 0.0.0.0 or "
            "one of its IP addresses."
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} of {address} is in use; stop what uses it, or choose another with --port."
        elif error.errno == errno.EACCES:
            reason = f"Port {port} is not permitted for this user; choose one from 1024 on with --port."
        else:
            reason = f"The app cannot listen on {address}:{port} ({error.strerror}); change --address."
        raise InputError(reason) from error
