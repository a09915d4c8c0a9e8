"""Serves the app on a port, with security headers. `ltp-viz app` starts it.

Streamlit's own `streamlit run app.py` serves the same pages without these headers.
"""

import errno
import os
import re
import socket
import sys

from starlette.middleware import Middleware
from streamlit import net_util
from streamlit.starlette import App

from ltp_viz import settings
from ltp_viz.analysis.memory import keep_flat_over_threads
from ltp_viz.data.errors import InputError
from ltp_viz.resources import APP
from ltp_viz.ui.share.answers import SharedFiles
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.middleware import Front, security_headers


def serve(port: int, address: str, name: str | None = None, base_path: str = "") -> None:
    """Serve until stopped. `name` is the host name by which browsers reach the app, where it is another one
    than `address`; `base_path` the path below which it is served, such as "viz". Raises InputError where the
    port or address cannot be had, or a path or setting is impossible."""
    allowed, base = access(), checked_base_path(base_path)
    security_headers()  # a wrong setting ends here, not in the first request
    check_port_is_free(port, address)
    sys.argv = [str(APP)]  # Streamlit looks for .streamlit/config.toml in the working folder
    os.environ[settings.SERVED.name] = "1"
    keep_flat_over_threads()
    # Otherwise Streamlit would request this machine's address from another host whenever a page with another
    # name connects, and block meanwhile.
    net_util.get_external_ip = lambda: None
    front = Middleware(Front, base=base, is_public=allowed.is_public, files=SharedFiles())
    app = App(APP, middleware=[front])
    app.run(
        config={
            "server.port": port,
            "server.address": address,
            "server.baseUrlPath": base.strip("/"),
            "server.maxUploadSize": allowed.upload_mb,
            # Streamlit refuses connections from pages with another host name.
            **({"browser.serverAddress": name} if name else {}),
        }
    )


def checked_base_path(path: str) -> str:
    """The path with a slash before it and none after it, "" for none. Raises InputError."""
    parts = path.strip("/").split("/")
    if parts == [""]:
        return ""
    for part in parts:
        if not re.fullmatch(r"[A-Za-z0-9._~-]*[A-Za-z0-9_~-]", part):
            raise InputError(
                f"--base-path is {path!r}; give names of letters, digits and . _ ~ -, such as "
                "viz or tools/viz."
            )
    return "/" + "/".join(parts)


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
