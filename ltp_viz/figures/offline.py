"""What HTML files need that are opened without a server: a policy that forbids requests, and data as JSON."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

# Characters that could end or open an element inside a script element, or a line inside a string.
_AS_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def content_policy(*scripts: str) -> str:
    """No request and no script but these; pictures are drawn from what the page holds itself."""
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def script_data(values: Any) -> str:
    """Plain values as JSON that may stand in a script element, whatever texts they hold."""
    return json.dumps(values).translate(_AS_ESCAPES)
