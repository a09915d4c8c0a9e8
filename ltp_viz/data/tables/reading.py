"""How a labelled file is read: what a person may set, and what is detected where nothing is set."""

from dataclasses import dataclass, field
from typing import Literal

from ltp_viz.data.errors import InputError

# What a person may choose, and how it is shown. Tried names such as "cp1252" are aliases.
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252", "latin-1": "Latin-1"}
_ALIASES = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf16": "utf-16",
    "cp1252": "windows-1252",
    "latin1": "latin-1",
    "iso-8859-1": "latin-1",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
Quoting = Literal["auto", "standard", "text"]
Header = Literal["auto", "yes", "no"]
QUOTINGS = {
    "auto": "detect",
    "standard": "cells may stand in quotes",
    "text": "quotes are text",
}
HEADERS = {"auto": "detect", "yes": "the first line names the columns", "no": "the first line is a row"}


@dataclass(frozen=True)
class FileFormat:
    """How the bytes of a text file become cells; "" and "auto" are detected, and none applies to Parquet.

    `quoting` "text" keeps every quote as a character of its cell, as plain GLUE files need. Raises
    InputError where a setting is not known.
    """

    delimiter: str = ""  # one of DELIMITERS, or its name
    encoding: str = ""  # one of ENCODINGS
    quoting: Quoting = "auto"
    header: Header = "auto"

    def __post_init__(self) -> None:
        by_name = {name: character for character, name in DELIMITERS.items()} | {"\\t": "\t"}
        object.__setattr__(self, "delimiter", by_name.get(self.delimiter.lower(), self.delimiter))
        encoding = self.encoding.lower().replace("_", "-")
        object.__setattr__(self, "encoding", _ALIASES.get(encoding, encoding))
        if self.delimiter and self.delimiter not in DELIMITERS:
            raise InputError(
                f"The delimiter {self.delimiter!r} is not known; choose one of "
                f"{', '.join(DELIMITERS.values())}."
            )
        if self.encoding and self.encoding not in ENCODINGS:
            raise InputError(
                f"The encoding {self.encoding!r} is not known; choose one of {', '.join(ENCODINGS)}."
            )
        if self.quoting not in QUOTINGS:
            raise InputError(
                f"The quoting {self.quoting!r} is not known; choose one of {', '.join(QUOTINGS)}."
            )
        if self.header not in HEADERS:
            raise InputError(f"The header {self.header!r} is not known; choose one of {', '.join(HEADERS)}.")

    def options(self) -> list[str]:
        """What is set, as options of a command line."""
        values = {
            "--delimiter": DELIMITERS.get(self.delimiter, ""),
            "--encoding": self.encoding,
            "--quoting": "" if self.quoting == "auto" else self.quoting,
            "--header": "" if self.header == "auto" else self.header,
        }
        return [word for option, value in values.items() if value for word in (option, value)]


@dataclass(frozen=True)
class ReadingOptions:
    """All that a person may say about a labelled file; what is left out is detected or guessed."""

    file: FileFormat = field(default_factory=FileFormat)
    text_columns: tuple[str, ...] = ()  # one, or two for pairs
    label_column: str = ""
    labels: tuple[str, ...] = ()  # VALUE=CLASS, the class by its name or index
