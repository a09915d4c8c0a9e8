"""Parts of HTML files that open without a server: a policy that forbids requests, and data as JSON."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

# Characters that could open or close an element inside a script element, or break a line inside a string.
_AS_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def content_policy(*scripts: str) -> str:
    """A policy that allows no request and no other script; pictures come from the page's own data."""
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def script_data(values: Any) -> str:
    """Plain values as JSON that is safe in a script element, whatever texts they contain."""
    return json.dumps(values).translate(_AS_ESCAPES)
