"""Generates the tables and commands of `docs/results.md` from `assets/results.json`; other text is unchanged.

A generated part is between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a macro of the template.
"""

import re
import shlex
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ltp_viz.analysis.results import Results, read_results
from ltp_viz.data.atomic_write import atomic_write
from ltp_viz.data.errors import InputError

_WIDTH = 110  # characters, of a command in a document
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(\n<!-- end -->)", re.DOTALL)
_NOTABLE = -1.0  # a change below this, in points, is bold


def with_results(document: str, results: Results) -> str:
    """The document with every generated part updated from `results`.

    Raises InputError if it has no generated part, or one that the template does not define.
    """
    template = _environment().get_template("results.md.j2")
    if not _PART.search(document):
        raise InputError("The document has no generated part; mark one with <!-- generated: measured -->.")

    def part(match: re.Match[str]) -> str:
        name = match[2]
        macro = getattr(template.module, name, None)
        if macro is None:
            raise InputError(f"The document has a part {name!r}; known are commands, measured and published.")
        return f"{match[1]}{str(macro(results)).strip()}{match[3]}"

    return _PART.sub(part, document)


def update_document(document: Path, results: Path, write: bool = True) -> bool:
    """Update a document from a file of results; returns whether it was out of date.

    With `write=False` it only compares. Raises InputError as `with_results` and `read_results` do, and
    OSError if the document cannot be read or written.
    """
    old = document.read_text(encoding="utf-8")
    new = with_results(old, read_results(results))
    if write and new != old:
        with atomic_write(document) as aside:
            aside.write_text(new, encoding="utf-8")
    return new != old


def _environment() -> Environment:
    # The template writes Markdown into our own document, so there is nothing to escape for HTML.
    environment = Environment(  # noqa: S701
        loader=PackageLoader("ltp_viz.analysis.evaluation"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters |= {"points": _points, "change": _change, "wrapped": _wrapped}
    return environment


def _points(score: float) -> str:
    return f"{100 * score:.2f}"


def _change(change: float) -> str:
    """In points with a typographic minus sign; bold if the loss is more than a point."""
    written = f"{100 * change:+.2f}" if round(100 * change, 2) else "0.00"
    written = written.replace("-", "\N{MINUS SIGN}")
    return f"**{written}**" if round(100 * change, 2) < _NOTABLE else written


def _wrapped(command: str) -> str:
    """A command broken into several lines with backslashes; an option stays with its values."""
    lines = [""]
    for part in re.split(r" (?=-)", shlex.join(shlex.split(command))):
        if lines[-1] and len(lines[-1]) + len(part) + 3 > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    return " \\\n  ".join(lines)
