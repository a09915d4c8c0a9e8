"""The glossary's terms with their search box, on its page and in its drawer."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.glossary import FIRST_TERMS, Term, term

_FOLDER = ASSETS / "glossary"

# Registered at import, once per process; it is stateless.
_search = st.components.v2.component(
    "ltp_glossary",
    html=(_FOLDER / "glossary.html").read_text(),
    css=(_FOLDER / "glossary.css").read_text(),
    js=(_FOLDER / "glossary.js").read_text(),
    isolate_styles=False,
)


def show_terms(
    groups: Mapping[str, Sequence[Term]],
    linked: str | None = None,
    place_for_search: AbstractContextManager[object] | None = None,
) -> None:
    """Draw the search box and all terms under their groups' titles.

    The browser shows only `FIRST_TERMS` until the reader searches, follows a link or asks for all. `linked`:
    slug of the term to show first.
    """
    searchable = [
        [entry.slug, number, " ".join((entry.name, *entry.said, entry.words))]
        for number, entries in enumerate(groups.values())
        for entry in entries
    ]
    with place_for_search or nullcontext():
        _search(key="glossary_search", data={"terms": searchable, "term": linked, "first": list(FIRST_TERMS)})
    with st.container(key="glossary_jump"):
        st.markdown(" · ".join(f"[{title}](#group-{number})" for number, title in enumerate(groups)))
    for number, (title, entries) in enumerate(groups.items()):
        with st.container(key=f"group-{number}"):
            st.header(title, anchor=f"group-{number}")
            for entry in entries:
                _show_term(entry)


def _show_term(entry: Term) -> None:
    with st.container(key=f"term-{entry.slug}"):
        st.subheader(entry.name, anchor=entry.slug)
        equation = f"\n\n$$\n{entry.equation}\n$$" if entry.equation else ""
        st.markdown(f"{entry.words}{equation}")
        facts = [f"Seen in {', '.join(entry.seen)}"]
        if entry.source:
            facts.append(f"Source: {entry.source}")
        if entry.see:
            facts.append("See also " + ", ".join(f"[{term(slug).name}](#{slug})" for slug in entry.see))
        st.caption("  \n".join(facts))
