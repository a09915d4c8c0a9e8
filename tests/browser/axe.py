"""Accessibility findings of axe-core."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def serious_findings(page: Page, context: str) -> list[tuple[str, list[str]]]:
    """Serious and critical findings within `context`, with how up to three of their elements begin."""
    found = Axe().run(page, context=context).response["violations"]
    return [
        (violation["id"], [node["html"][:160] for node in violation["nodes"][:3]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
