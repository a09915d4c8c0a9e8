"""The glossary's terms: help marks show one sentence and link to the terms."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from ltp_viz.resources import ASSETS

FILE = ASSETS / "glossary.json"
# Shown until the reader asks for more: what one needs to follow Explore.
FIRST_TERMS = (
    "token-pruning",
    "learned-token-pruning",
    "token",
    "score",
    "threshold",
    "scale",
    "dropped",
    "flops",
    "speed-up",
    "flip",
    "rule",
    "attribution",
)


@dataclass(frozen=True)
class Term:
    """One entry of the glossary."""

    slug: str  # also its anchor
    name: str
    topic: str
    words: str
    seen: tuple[str, ...]  # screens that use it
    source: str | None = None
    equation: str | None = None  # TeX
    see: tuple[str, ...] = ()  # slugs of related terms
    said: tuple[str, ...] = ()  # other names on the screens


@cache
def terms() -> dict[str, Term]:
    """Slug -> term, in the file's order: topic by topic."""
    found = {}
    for topic, entries in json.loads(FILE.read_text()).items():
        for slug, entry in entries.items():
            lists = {name: tuple(entry.get(name, ())) for name in ("seen", "see", "said")}
            found[slug] = Term(**(entry | lists), slug=slug, topic=topic)
    return found


def by_topic() -> dict[str, list[Term]]:
    """All terms by topic, in the file's order."""
    return _grouped(terms().values(), lambda entry: entry.topic)


def by_letter() -> dict[str, list[Term]]:
    """All terms by first letter, sorted by name."""
    ordered = sorted(terms().values(), key=lambda entry: entry.name.lower())
    return _grouped(ordered, lambda entry: entry.name[0].upper())


def _grouped(entries: Iterable[Term], title: Callable[[Term], str]) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {}
    for entry in entries:
        found.setdefault(title(entry), []).append(entry)
    return found


def term(slug: str) -> Term:
    """The term of that slug. Raises ValueError if there is none."""
    if slug not in terms():
        raise ValueError(f"The glossary has no term {slug!r}; add it to {FILE.name} or name another one.")
    return terms()[slug]


def term_link(slug: str) -> str:
    """Address of a term, from any page of the app. Raises ValueError if there is no such term."""
    # Relative, so that it also works if the app is served below a path.
    return f"Glossary?term={term(slug).slug}"


def explained(sentence: str, *slugs: str) -> str:
    """A help text in Markdown: one short sentence, and links to the terms that explain the rest.

    Raises ValueError for a term that is not in the glossary, so that no help mark has a dead link.
    """
    return f"{sentence}\n\n{glossary_links(*slugs)}"


def glossary_links(*slugs: str) -> str:
    """Links to terms, in Markdown, that open in another tab. Raises ValueError for a term that is not in the
    glossary."""
    return "Glossary: " + " · ".join(f"[{term(slug).name}]({term_link(slug)})" for slug in slugs)
