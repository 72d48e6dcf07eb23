"""Tests that a picture is made before one's eyes, can be stopped, and is found again."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.flows.browser import chromium, executable, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.flows.service import Service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="Chromium or playwright is not installed"),
]
# Every preview and the last picture, as they appear: kept by an observer inside the page.
WATCH = """() => {
  window.drawn = [];
  new MutationObserver((changes) => changes.forEach(({ target }) => window.drawn.push(target.src)))
    .observe(document.getElementById("canvas"), { subtree: true, attributeFilter: ["src"] });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shared: Service) -> Iterator[Page]:
    """The open page of a service whose generator is warm."""
    shared.wait_model()
    with visit(browser, shared.address) as page:
        page.goto("/")
        page.locator(".card").first.wait_for()
        yield page


def _options(page: Page, **values: str) -> None:
    page.locator("#make").click()
    page.locator(".options summary").click()
    for name, value in values.items():
        page.get_by_label(name.replace("_", " ").capitalize(), exact=True).fill(value)


def test_a_picture_is_made_and_found_again(page: Page, shared: Service) -> None:
    """“Make it” draws the query with previews; the picture joins the list, and a new search finds it."""
    page.evaluate(WATCH)
    page.get_by_role("combobox").fill("red zebra umbrella")
    page.locator("#make").click()
    page.get_by_text(re.compile(r"^Made in .* It is in the collection now\.$")).wait_for(timeout=60_000)
    drawn = page.evaluate("() => window.drawn")
    assert len(drawn) == 4, "three previews and the finished picture"
    assert len(set(drawn)) == 4
    assert all(source.startswith("data:image/png;base64,") for source in drawn)
    made = page.locator(".card.generated").first
    assert made.locator(".why").inner_text() == "You made it just now."
    identity = made.get_attribute("data-id")
    with page.expect_download() as download:
        page.locator("#canvas").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "red-zebra-umbrella.png"
    assert download.value.path().read_bytes() == shared.client.get(f"/v1/items/{identity}/image").content
    page.goto("/?q=red zebra umbrella")
    again = page.locator(f'.card.generated[data-id="{identity}"]')
    again.wait_for()
    assert again.locator(".badges li").count() >= 1


def test_a_picture_is_cut_out_traced_and_varied(page: Page, shared: Service) -> None:
    """Transparent is a tick away; the finished picture is kept as SVG, and varied from where it lies."""
    _options(page, steps="4", seed="5")
    page.get_by_label("Transparent, without its paper").check()
    page.locator("#prompt").fill("orange lighthouse")
    page.get_by_role("button", name="Draw").click()
    page.get_by_text(re.compile("It is in the collection now")).wait_for(timeout=60_000)
    identity = page.locator(".card.generated").first.get_attribute("data-id")
    assert Image.open(io.BytesIO(shared.client.get(f"/v1/items/{identity}/image").content)).mode == "RGBA"
    with page.expect_download() as download:
        page.locator("#canvas").get_by_role("link", name="SVG").click()
    assert download.value.suggested_filename == "orange-lighthouse.svg"
    assert download.value.path().read_text().startswith("<svg ")
    with page.expect_response("**/v1/images/variations") as varied:
        page.locator("#canvas").get_by_role("button", name="Vary it").click()
    assert varied.value.status == 200
    page.locator(f'#grid > li:first-child:not([data-id="{identity}"])').wait_for(timeout=60_000)
    fresh = page.locator(".card.generated").first.get_attribute("data-id")
    receipt = shared.client.get(f"/v1/items/{fresh}").json()["receipt"]
    assert (receipt["source"]["item"], receipt["prompt"]) == (identity, "orange lighthouse")


def test_a_found_picture_is_varied_from_its_facts(page: Page) -> None:
    """The dialog of a hit offers its outlines and a variation, by name and by keyboard."""
    page.locator(".card .tile").first.click()
    dialog = page.locator("#about")
    assert "format=svg" in (dialog.get_by_role("link", name="SVG").get_attribute("href") or "")
    dialog.get_by_role("button", name="Vary it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Made in").wait_for(timeout=60_000)
    assert not dialog.is_visible()


def test_drawing_can_be_stopped(page: Page, shared: Service) -> None:
    """Cancel ends the job within its run; nothing is kept, and the next picture can be drawn."""
    before = shared.client.get("/v1/stats").json()["items"]
    _options(page, steps="200")
    page.locator("#prompt").fill("a lighthouse")
    with page.expect_request("**/v1/jobs/*") as cancelled:
        page.get_by_role("button", name="Draw").click()
        page.get_by_text(re.compile(r"^step \d+ of \d+$")).wait_for()
        page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()
    job = cancelled.value.url.rpartition("/")[2]
    assert cancelled.value.method == "DELETE"
    assert shared.client.get(f"/v1/jobs/{job}").json()["status"] == "cancelled"
    assert shared.client.get("/v1/stats").json()["items"] == before
    page.get_by_label("Steps").fill("2")
    page.get_by_role("button", name="Draw").click()
    page.get_by_text("Made in").wait_for(timeout=60_000)


def test_options_reach_the_generator(page: Page, shared: Service) -> None:
    """Seed, steps, sampler and number are the caller's: the receipts of the pictures say so."""
    _options(page, steps="3", how_many="2", seed="41")
    page.get_by_label("Sampler").select_option("euler")
    page.locator("#prompt").fill("two kites")
    page.get_by_role("button", name="Draw").click()
    page.get_by_text("Made in").wait_for(timeout=60_000)
    assert page.locator("#canvas figure.finished").count() == 2
    page.locator(".card.generated").nth(1).wait_for()
    ids = page.locator(".card.generated").evaluate_all("cards => cards.map(card => card.dataset.id)")[:2]
    receipts = [shared.client.get(f"/v1/items/{item}").json()["receipt"] for item in ids]
    assert sorted(receipt["seed"] for receipt in receipts) == [41, 42]
    assert {receipt["sampler"] for receipt in receipts} == {"euler"}


def test_what_is_not_there_is_offered(page: Page) -> None:
    """A search that finds nothing near offers to make it, and starts on a click."""
    page.goto("/?q=qwyjibo xylotrope")
    page.locator("#hint").get_by_role("button", name="Make it").click()
    assert page.locator("#prompt").input_value() == "qwyjibo xylotrope"
    page.get_by_text("Made in").wait_for(timeout=60_000)


def test_a_refusal_is_told_in_words(browser: Browser, shared: Service) -> None:
    """What the generator refuses is shown where the picture would have been."""
    with visit(browser, shared.address, expected=(400,)) as page:
        page.goto("/")
        _options(page)
        page.locator("#sampler").evaluate("list => list.add(new Option('magic', 'magic'))")
        page.get_by_label("Sampler").select_option("magic")
        page.locator("#prompt").fill("a horse")
        page.get_by_role("button", name="Draw").click()
        page.locator("#making").get_by_text("magic").wait_for()
