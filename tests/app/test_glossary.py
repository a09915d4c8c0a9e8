"""The glossary holds every term of the screens, once, and every mark and link leads to one."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.ui.glossary.page import GROUPINGS
from ltp_viz.ui.shell.glossary import FIRST_TERMS, explained, glossary_links, term_link, terms
from tests.app.seen import APP
from tests.conftest import ROOT

MAX_WORDS = 60
PLACES = {"Explore", "Compare", "Dataset lab", "Learn", "Benchmark", "Why", "Training command"}


def test_no_term_twice() -> None:
    called = [entry.name.lower() for entry in terms().values()]
    assert len(called) == len(set(called)) > 100
    raw = (ROOT / "assets/glossary.json").read_text()
    slugs = re.findall(r'^    "([a-z0-9-]+)": \{', raw, re.M)
    assert sorted(slugs) == sorted(set(slugs)) == sorted(terms()), (
        "JSON would keep the last of two equal keys"
    )


@pytest.mark.parametrize("slug", terms())
def test_an_entry_is_short_linked_and_seen(slug: str) -> None:
    entry = terms()[slug]
    assert 5 <= len(entry.words.split()) <= MAX_WORDS and entry.words.endswith(".")
    assert set(entry.see) <= set(terms()) - {slug}
    assert entry.seen and set(entry.seen) <= PLACES


def test_every_rule_has_an_entry_with_its_title() -> None:
    for family in FAMILIES:
        entry = terms()[f"rule-{family.name.replace('_', '-')}"]
        assert entry.name == family.title and entry.source and entry.seen == ("Compare",)
    rules = [slug for slug in terms() if slug.startswith("rule-") and slug != "rule-strength"]
    assert len(rules) == len(FAMILIES), "and no entry is of a removed rule"


def test_every_link_leads_to_a_term() -> None:
    """In Python by `explained` and `glossary_links`, in Markdown and scripts by address or `term: "..."`."""
    found: list[tuple[str, str]] = []
    for folder in ("ltp_viz", "pages", "assets"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in (".py", ".js", ".html", ".json") or "models" in file.parts:
                continue
            text = file.read_text()
            links = re.findall(r"Glossary(?:#|\?term=)([\w-]+)", text)
            if "live" in file.parts:
                links += re.findall(r'(?:\bterm: |"What a score is",\s*)"([^"]+)"', text)
            found += [(file.name, link) for link in links]
    assert {"figures.js", "score.js", "tokens.js"} <= {name for name, _ in found}
    assert not [(name, link) for name, link in found if link not in terms()]


def test_help_in_python_names_known_terms() -> None:
    """Also where a page shows it only sometimes."""
    named = set()
    for file in sorted((ROOT / "ltp_viz/ui").rglob("*.py")):
        if file.name.startswith("glossary"):
            continue
        text = file.read_text()
        for call in re.finditer(r"\b(explained|glossary_links)\((?:[^()]|\([^()]*\))*\)", text):
            words = re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', call[0])
            named |= {word for word in words if "-" in word or word in terms()}
    assert {"scale", "lost-won", "equal-flops", "fixed-cost", "confidence-interval"} <= named
    assert named <= set(terms())


def test_links_of_help_texts() -> None:
    text = explained("Short.", "survival-depth", "score")
    assert text.startswith("Short.\n\nGlossary: ")
    assert "[Survival depth](Glossary?term=survival-depth) · [Score](Glossary?term=score)" in text
    for wrong in (lambda: explained("x", "no-such"), lambda: glossary_links("x"), lambda: term_link("")):
        with pytest.raises(ValueError, match="The glossary has no term"):
            wrong()


def test_groups_hold_every_term_once() -> None:
    for grouping in GROUPINGS.values():
        groups = grouping()
        held = [entry.slug for entries in groups.values() for entry in entries]
        assert sorted(held) == sorted(terms())
    assert list(groups) == sorted(groups), "letters in order"


def test_the_first_terms_are_twelve_known_ones() -> None:
    assert len(FIRST_TERMS) == len(set(FIRST_TERMS)) == 12 and set(FIRST_TERMS) <= set(terms())


def glossary(**link: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page("pages/Glossary.py").run()
    assert not page.exception
    return page


def test_the_page_shows_every_term_with_its_own_anchor() -> None:
    page = glossary(term="survival-depth")
    anchors = {heading.proto.anchor: heading.value for heading in page.subheader}
    assert anchors == {entry.slug: entry.name for entry in terms().values()}
    shown = "\n".join(element.value for element in [*page.markdown, *page.caption])
    for entry in terms().values():
        assert entry.words in shown and (not entry.equation or entry.equation in shown)
        assert not entry.source or entry.source in shown
        assert all(f"](#{slug})" in shown for slug in entry.see)
    assert not page.warning


def test_by_letter_and_an_unknown_term() -> None:
    page = glossary(by="Letter", term="<b>no</b>")
    assert page.header[0].value == "A" and len(page.warning) == 1
    assert "which the glossary does not have" in page.warning[0].value and "<b>" not in page.warning[0].value
