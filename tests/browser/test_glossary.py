"""The glossary, reached by a link, a help mark, or the search box."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import serious_findings
from tests.browser.explore import close_menu, open_app, open_model_menu
from tests.browser.lab import resting
from tests.browser.waiting import at_rest, still

IN_VIEW = "e => { const r = e.getBoundingClientRect(); return r.top >= 40 && r.top < innerHeight / 2; }"
SHADOW = "e => getComputedStyle(e).boxShadow"


def entry(page: Page, slug: str) -> Locator:
    return page.locator(f".st-key-term-{slug}")


def expect_at(page: Page, slug: str) -> None:
    """The term is marked, near the top and focused, and stays there."""
    expect(entry(page, slug)).to_have_css("box-shadow", re.compile("2px"), timeout=120_000)
    page.wait_for_function("slug => document.activeElement.id === slug", arg=slug)
    at_rest(page)
    still(entry(page, slug))
    assert entry(page, slug).evaluate(IN_VIEW)


@pytest.mark.parametrize("link", ["?term=occlusion", "#occlusion", "?by=Letter&term=soft-mask#occlusion"])
def test_a_link_leads_to_its_term(page: Page, app_url: str, link: str) -> None:
    page.goto(f"{app_url}/Glossary{link}")
    expect_at(page, "occlusion")
    assert entry(page, "soft-mask").evaluate(SHADOW) == "none"
    entry(page, "occlusion").get_by_role("link", name="Forced token").click()
    expect_at(page, "forced-token")
    assert page.url.endswith("#forced-token") and len(page.context.pages) == 1
    page.go_back()
    expect(entry(page, "occlusion")).to_have_css("box-shadow", re.compile("2px"))


def test_search_hides_what_does_not_match(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Glossary")
    box, status = page.get_by_role("searchbox", name="Search"), page.locator(".glossary-search [role=status]")
    entry(page, "validation-split").wait_for(state="attached", timeout=120_000)
    expect(status).to_have_text(re.compile("^12 terms of [0-9]+$"), timeout=60_000)
    expect(page.locator("[class*=st-key-term-]:visible")).to_have_count(12)
    page.get_by_role("button", name="Show all").click()
    expect(status).to_have_text(re.compile("^[0-9]+ terms$"))
    total = int(re.match(r"\d+", status.inner_text())[0])  # type: ignore[index]
    expect(page.locator("[class*=st-key-term-]:visible")).to_have_count(total)
    box.fill("Spearman xyzzy")
    expect(page.locator("[class*=st-key-term-]:visible")).to_have_count(0)
    box.fill("SPEARMAN")
    expect(page.locator("[class*=st-key-term-]:visible h3")).to_have_text(["Rank correlation"])
    expect(status).to_have_text(f"1 term of {total}")
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="Letter").click()
    expect(page.get_by_role("heading", name="R", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator("[class*=st-key-term-]:visible")).to_have_count(1)
    entry(page, "rank-correlation").get_by_role("link", name="Survival depth").click()
    expect_at(page, "survival-depth")
    expect(box).to_have_value("")
    expect(page.locator(".katex-display").nth(10)).to_be_attached()
    expect(page.locator(".katex-error")).to_have_count(0)


def test_an_unknown_fragment_says_so(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Glossary#<b>nothing")
    expect(page.locator(".glossary-search [role=status]")).to_have_text(
        "There is no term “<b>nothing”.", timeout=60_000
    )


def test_help_marks_lead_to_the_glossary(page: Page, app_url: str) -> None:
    """One that Streamlit draws, and one of the live view; both leave the page as it is."""
    open_app(page, app_url)
    open_model_menu(page)
    page.get_by_test_id("stPopoverBody").get_by_test_id("stTooltipHoverTarget").first.hover()
    link = page.get_by_test_id("stTooltipContent").get_by_role("link", name="Thresholds learned")
    with page.expect_popup() as opened:
        link.click()
    expect_at(opened.value, "learned-thresholds")
    opened.value.close()
    close_menu(page)
    page.get_by_role("button", name="Token view: help and pictures").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="In the glossary: score").click()
    expect_at(opened.value, "score")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_everyone_can_use_it(browser: Browser, app_url: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{app_url}/Glossary?term=flops")
    expect_at(page, "flops")
    assert not serious_findings(page, "[data-testid=stMainBlockContainer]")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator(".katex-display").nth(10)).to_be_attached()
    assert page.locator(".katex-display").evaluate_all(
        "all => all.every(e => e.scrollWidth <= e.clientWidth + 1)"
    )
    context.close()


def test_it_prints_whole(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/Glossary")
    entry(page, "validation-split").wait_for(state="attached", timeout=120_000)
    resting(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.locator(".st-key-top_bar")).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) > 5
