"""Between browsers and Streamlit: security headers, pages with titles, and the app's own path."""

import re

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ltp_viz import settings
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.component import COMPONENT_FILES
from ltp_viz.ui.shell.first_html import first_html, script_hashes

_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:([0-9]+|\*))?")


def frame_ancestors() -> str:
    """Whose pages may show the app in a frame, as the policy writes it. Raises InputError."""
    value = settings.FRAME_ANCESTORS.read().strip()
    if not value:
        return "'self'"
    if value == "none":
        return "'none'"
    origins = value.split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise InputError(
                f"{settings.FRAME_ANCESTORS.name} names {origin!r}; give origins such as "
                "https://course.example.org, separated by blanks, or 'none'."
            )
    return " ".join(("'self'", *origins))


def security_headers() -> dict[str, str]:
    """Headers of every answer. Raises InputError for an impossible setting."""
    ancestors = frame_ancestors()
    # Streamlit's front end sets styles in line and runs a component's script from a blob; plotly draws its
    # pictures by way of data and blobs. Nothing comes from, or goes to, another host.
    content = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {script_hashes()}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": ancestors,
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in content.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # links hold the text that they are about
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    # The older header knows no list of origins; browsers that know `frame-ancestors` ignore it.
    if (old := {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(ancestors)) is not None:
        headers["X-Frame-Options"] = old
    return headers


class Front:
    """Answers for pages itself, passes the rest to Streamlit, and adds `security_headers` to every answer.

    `base` is the path that the app is served below, such as "/viz", or "". A public app keeps what Streamlit
    reports of its sessions from strangers.
    """

    def __init__(self, app: ASGIApp, base: str, is_public: bool):
        self._app, self._base = app, base
        self._hidden = ("/_stcore/metrics",) if is_public else ()
        self._headers = security_headers()
        self._pages = {f"{base}/{path}": html for path, html in first_html().items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if COMPONENT_FILES in scope["path"] and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        answer = self._own_answer(scope) or self._app
        await answer(scope, receive, send_with_headers)

    def _own_answer(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return None
        path: str = scope["path"]
        if path.rstrip("/").endswith(self._hidden):
            return PlainTextResponse("Not found", 404)
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if path in self._pages:
            return HTMLResponse(self._pages[path], headers={"Cache-Control": "no-cache"})
        if self._base and path in ("/", self._base):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{self._base}/" + (f"?{query}" if query else ""), 307)
        return None
