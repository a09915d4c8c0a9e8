"""Links to Explore: texts, compressed if long, and settings as strings.

The browser writes links, with texts packed by this module. Anyone may change a link, so its content is not
trusted.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from ltp_viz.data.text.tokenization import clean_text

_PLAIN, _PACKED = ".", "~"  # the first character marks the encoding of the rest
_MAX_PLAIN_CHARACTERS = 200  # characters; packing shorter texts saves little and makes them unreadable
_MAX_LINK_CHARACTERS = 16_000  # characters; browsers and mail programs cut or reject much longer addresses
_MAX_TEXT_BYTES = 2_000_000  # bytes; a small link may unpack into gigabytes


def pack_text(text: str) -> str | None:
    """The text, as a model reads it, as one link parameter; None if the link would be too long."""
    text = clean_text(text)
    if len(text) <= _MAX_PLAIN_CHARACTERS:
        return _PLAIN + text
    packed = _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode(), level=9)).decode().rstrip("=")
    return packed if len(packed) <= _MAX_LINK_CHARACTERS else None


def unpack_text(packed: str) -> str | None:
    """Inverse of `pack_text`; None for anything else, or for a text that is too large."""
    kind, content = packed[:1], packed[1:]
    if kind == _PLAIN:
        return content if len(content) <= _MAX_TEXT_BYTES else None
    if kind != _PACKED:
        return None
    try:
        compressed = base64.b64decode(content + "=" * (-len(content) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(compressed, _MAX_TEXT_BYTES)
        return text.decode() if unpacking.eof else None
    except (ValueError, zlib.error):  # ValueError: not base64, or not UTF-8
        return None


@dataclass(frozen=True)
class Link:
    """A link as it was opened. `unreadable`: it contains a text that cannot be unpacked."""

    texts: tuple[str, ...]  # of the boxes; empty if the link has no text, or an unreadable one
    settings: Mapping[str, str]  # scale, layers, keep and drop as strings, if present
    unreadable: bool


def read_link(parameters: Mapping[str, str]) -> Link:
    """The link in the parameters of an address; others are ignored."""
    packed = [parameters[key] for key in ("text", "pair") if key in parameters]
    if "pair" in parameters and "text" not in parameters:
        packed.insert(0, _PLAIN)  # an empty first text
    texts = tuple(unpack_text(part) for part in packed)
    unreadable = None in texts
    # Forced tokens are positions in the link's text and mean nothing in any other text.
    keys = ("scale", "layers") if unreadable else ("scale", "layers", "keep", "drop")
    settings = {key: parameters[key] for key in keys if key in parameters}
    readable = () if unreadable else tuple(text for text in texts if text is not None)
    return Link(readable, settings, unreadable)
