"""A file that the server makes for a link, as the middleware sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ServedFile:
    """`is_document`: a page with a policy of its own. `is_kept`: a browser may keep it for some minutes."""

    content: bytes
    media_type: str
    status: int = 200
    is_document: bool = False
    is_kept: bool = True


# From a file's name and the parameters of its address; None where there is no such file.
FileMaker = Callable[[str, Mapping[str, str]], ServedFile | None]
