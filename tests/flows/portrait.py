"""Takes the picture of the page for the README: `python -m tests.flows.portrait ADDRESS FILE`."""

from __future__ import annotations

import sys

from tests.flows.browser import chromium, visit

WINDOW = {"width": 1280, "height": 860}


def take(address: str, file: str, query: str = "horse", prompt: str | None = None) -> None:
    """Write the page as it answers `query` into a PNG file, after drawing `prompt` where one is given."""
    with (
        chromium() as browser,
        visit(browser, address, viewport=WINDOW, reduced_motion="reduce") as page,
    ):
        page.goto(f"/?q={query}")
        page.locator(".card").first.wait_for()
        if prompt is not None:
            page.locator("#make").click()
            page.locator("#cancel").click()
            page.locator("#draw").wait_for()
            page.locator("#prompt").fill(prompt)
            page.locator("#draw").click()
            page.get_by_text("Made in").wait_for(timeout=60_000)
        page.locator("h1").click(trial=True)
        page.evaluate("() => document.activeElement.blur()")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file)


if __name__ == "__main__":
    take(*sys.argv[1:])
