"""The Glossary page: groups of terms, a search box in the browser, and links to single terms."""

import streamlit as st

from ltp_viz.resources import ASSETS
from ltp_viz.ui.shell.glossary import Term, term, terms
from ltp_viz.ui.shell.markdown import quoted

_FOLDER = ASSETS / "glossary"
BY = ("Topic", "Letter")

# Registered at import, once per process; it is stateless.
_search = st.components.v2.component(
    "ltp_glossary",
    html=(_FOLDER / "glossary.html").read_text(),
    css=(_FOLDER / "glossary.css").read_text(),
    js=(_FOLDER / "glossary.js").read_text(),
    isolate_styles=False,
)


def show() -> None:
    """Draw everything below the title."""
    st.markdown("#### Glossary")
    st.caption("Every term on the screens, explained once. The question marks beside them link here.")
    grouping, searching = st.columns([1, 3], vertical_alignment="bottom")
    with grouping:
        by = st.segmented_control("Group by", BY, default=BY[0], required=True, key="by", bind="query-params")
    groups = grouped(by or BY[0])
    linked = st.query_params.get("term")
    if linked is not None and linked not in terms():
        st.warning(f"The link refers to the term {quoted(linked)}, which the glossary does not have.")
        linked = None
    searchable = [
        [entry.slug, number, " ".join((entry.name, *entry.said, entry.words))]
        for number, entries in enumerate(groups.values())
        for entry in entries
    ]
    with searching:
        _search(key="glossary_search", data={"terms": searchable, "term": linked})
    with st.container(key="glossary_jump"):
        st.markdown(" · ".join(f"[{title}](#group-{number})" for number, title in enumerate(groups)))
    for number, (title, entries) in enumerate(groups.items()):
        with st.container(key=f"group-{number}"):
            st.header(title, anchor=f"group-{number}")
            for entry in entries:
                _show_term(entry)


def grouped(by: str) -> dict[str, list[Term]]:
    """Terms by topic, in the order of the file, or by first letter, sorted by name."""
    found: dict[str, list[Term]] = {}
    if by == "Topic":
        for entry in terms().values():
            found.setdefault(entry.topic, []).append(entry)
    else:
        for entry in sorted(terms().values(), key=lambda entry: entry.name.lower()):
            found.setdefault(entry.name[0].upper(), []).append(entry)
    return found


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
