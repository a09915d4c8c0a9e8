"""Between browsers and Streamlit: security headers, pages with titles, and the app's own path."""

import re
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ltp_viz import settings
from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.component import COMPONENT_FILES
from ltp_viz.ui.shell.first_html import Preview, first_html, preview_tags, script_hashes
from ltp_viz.ui.shell.served_file import FileMaker, ServedFile

_POLICY = "Content-Security-Policy"
_FILES = "_ltp"  # the path of files that the server makes for links
_MAX_FIELDS = 40  # of a link; Explore writes nine
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
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
        _POLICY: "; ".join(f"{what} {where}" for what, where in content.items()),
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
    reports of its sessions from strangers. `files` makes the files of links.
    """

    def __init__(self, app: ASGIApp, base: str, is_public: bool, files: FileMaker = lambda name, link: None):
        self._app, self._base = app, base
        self._hidden = ("/_stcore/metrics",) if is_public else ()
        self._headers = security_headers()
        self._files = files
        pages = first_html()
        self._pages = {f"{base}/{path}": page for path, page in pages.items()}
        # A page with a slash after its name looks for Streamlit's files below itself.
        names = "|".join(re.escape(path) for path in pages if path)
        self._below_a_page = re.compile(rf"{re.escape(base)}/(?:{names})(/(?:_stcore|static|{_FILES})/.*)")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own_policy = headers.get(_POLICY)  # of a document that was made for a link
                headers.update(self._headers)
                if own_policy is not None:
                    headers[_POLICY] = own_policy
                if COMPONENT_FILES in scope["path"] and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        if scope["type"] in ("http", "websocket") and (found := self._below_a_page.fullmatch(scope["path"])):
            path = self._base + found[1]
            scope = {**scope, "path": path, "raw_path": path.encode()}
        answer = self._own_answer(scope) or await self._file(scope) or self._app
        await answer(scope, receive, send_with_headers)

    async def _file(self, scope: Scope) -> Response | None:
        """A file below `_FILES`; None for any other path."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        folder = f"{self._base}/{_FILES}/"
        if not scope["path"].startswith(folder):
            return None
        file = await run_in_threadpool(self._files, scope["path"].removeprefix(folder), _parameters(scope))
        if file is None:
            return PlainTextResponse("Not found", 404)
        return Response(file.content, file.status, self._headers_of(file), file.media_type)

    def _headers_of(self, file: ServedFile) -> dict[str, str]:
        kept = {"Cache-Control": "public, max-age=300" if file.is_kept else "no-store"}
        if not file.is_document:
            return kept
        # The page names its own scripts; who may show it in a frame, only a header can say.
        return kept | {_POLICY: f"frame-ancestors {frame_ancestors()}"}

    def _own_answer(self, scope: Scope) -> Response | None:
        if scope["type"] != "http":
            return None
        path: str = scope["path"]
        if path.rstrip("/").endswith(self._hidden):
            return PlainTextResponse("Not found", 404)
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if path in self._pages:
            return HTMLResponse(self._page(scope), headers={"Cache-Control": "no-cache", "Vary": "Host"})
        if path.endswith("/") and path.rstrip("/") in self._pages and path.rstrip("/") != self._base:
            return RedirectResponse(_with_query(path.rstrip("/"), scope), 307)
        if self._base and path in ("/", self._base):
            return RedirectResponse(_with_query(f"{self._base}/", scope), 307)
        return None

    def _page(self, scope: Scope) -> str:
        """The page's HTML with the preview of this link."""
        page = self._pages[scope["path"]]
        preview = Preview(page.title, page.description, _parameters(scope), _address(scope) + self._base)
        return page.html.replace("</head>", f"{preview_tags(preview)}</head>", 1)


def _parameters(scope: Scope) -> dict[str, str]:
    """The link's parameters; of a repeated one, the first."""
    query = scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:  # more parameters than any link of the app has
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _address(scope: Scope) -> str:
    """Scheme and host by which the browser reached the server; empty if the host is not one."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    is_secure = "https" in (headers.get("x-forwarded-proto", ""), scope.get("scheme"))
    return f"{'https' if is_secure else 'http'}://{host}" if _HOST.fullmatch(host) else ""


def _with_query(path: str, scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
