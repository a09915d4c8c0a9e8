"""What a link to Explore holds: texts, long ones compressed, and settings as written.

The browser writes links, with texts as packed here; anyone may change them, so nothing in one is trusted.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from ltp_viz.data.text.tokenization import clean_text

_PLAIN, _PACKED = ".", "~"  # the first character says how the rest is encoded
_LONGEST_PLAIN = 200  # characters; packing shorter texts gains little and makes them unreadable
_LONGEST_LINK = 16_000  # characters; browsers and mail programs cut or refuse much longer addresses
_LARGEST_TEXT = 2_000_000  # bytes; a small link may unpack into gigabytes


def pack_text(text: str) -> str | None:
    """The text, as a model reads it, as one link parameter; None where the link would be too long."""
    text = clean_text(text)
    if len(text) <= _LONGEST_PLAIN:
        return _PLAIN + text
    packed = _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode(), level=9)).decode().rstrip("=")
    return packed if len(packed) <= _LONGEST_LINK else None


def unpack_text(packed: str) -> str | None:
    """Inverse of `pack_text`; None for anything that it cannot have made or that is too large unpacked."""
    kind, content = packed[:1], packed[1:]
    if kind == _PLAIN:
        return content if len(content) <= _LARGEST_TEXT else None
    if kind != _PACKED:
        return None
    try:
        compressed = base64.b64decode(content + "=" * (-len(content) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(compressed, _LARGEST_TEXT)
        return text.decode() if unpacking.eof else None
    except (ValueError, zlib.error):  # ValueError: not base64, or not UTF-8
        return None


@dataclass(frozen=True)
class Link:
    """A link as it was opened. `unreadable`: it holds a text that cannot be unpacked."""

    texts: tuple[str, ...]  # of the boxes; none where the link names no text, or an unreadable one
    settings: Mapping[str, str]  # scale, layers, keep and drop as written, where they are
    unreadable: bool


def read_link(parameters: Mapping[str, str]) -> Link:
    """What the parameters of an address say, any others aside."""
    packed = [parameters[key] for key in ("text", "pair") if key in parameters]
    if "pair" in parameters and "text" not in parameters:
        packed.insert(0, _PLAIN)  # an empty first text
    texts = tuple(unpack_text(part) for part in packed)
    unreadable = None in texts
    # Forced tokens are positions in the link's text, and would be others in any other text.
    keys = ("scale", "layers") if unreadable else ("scale", "layers", "keep", "drop")
    settings = {key: parameters[key] for key in keys if key in parameters}
    readable = () if unreadable else tuple(text for text in texts if text is not None)
    return Link(readable, settings, unreadable)
