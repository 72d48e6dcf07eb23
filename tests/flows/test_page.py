"""Tests the page as a reader uses it, in a real browser: typing, narrowing, following, looking closely."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.flows.browser import PALE, PHONE, UNNAMED, WIDER, chromium, executable, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.flows.service import Service

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="Chromium or playwright is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shared: Service) -> Iterator[Page]:
    """A page of the shared service, not yet opened."""
    with visit(browser, shared.address) as page:
        yield page


def _open(page: Page, address: str = "/") -> None:
    page.goto(address)
    page.locator(".card").first.wait_for()


def _found(page: Page) -> int:
    """The number that the summary announces."""
    match = re.match(r"[\d,.\s]+", page.locator("#summary").inner_text())
    assert match is not None
    return int(re.sub(r"\D", "", match.group()))


def _wheres(page: Page) -> list[str]:
    return page.locator(".card .where").all_inner_texts()


def _search(service: Service, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = service.client.post("/v1/search", json=body).json()
    return answer


def test_typing_completes_by_keyboard(page: Page) -> None:
    """Completions come while one types; arrows choose one, Enter searches for it, the address keeps it."""
    _open(page)
    box = page.get_by_role("combobox", name="Search the collection")
    assert box.get_attribute("aria-expanded") == "false"
    box.press_sequentially("hors")
    options = page.get_by_role("option")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    text = chosen.get_attribute("data-text") or ""
    assert text.casefold().startswith("hors")
    box.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    assert parse_qs(urlsplit(page.url).query) == {"q": [text]}
    assert box.input_value() == text
    page.get_by_role("heading", name=f"for “{text}”").wait_for()
    assert text.casefold() in page.locator(".card h3").first.inner_text().casefold()
    assert page.title() == f"{text} · Trouvere"


def test_escape_leaves_what_was_typed(page: Page) -> None:
    """Escape folds the completions away; Enter then searches for the words as typed."""
    _open(page)
    box = page.get_by_role("combobox")
    box.press_sequentially("horse")
    page.get_by_role("option").first.wait_for()
    box.press("ArrowDown")
    box.press("Escape")
    assert page.get_by_role("option").count() == 0
    assert box.get_attribute("aria-activedescendant") is None
    box.press("Enter")
    page.get_by_role("heading", name="for “horse”").wait_for()


def test_hits_say_where_and_why(page: Page, shared: Service) -> None:
    """Each card has its picture, the strongest reason and every branch's rank, as the service gave them."""
    _open(page, "/?q=horse")
    answer = _search(shared, query="horse", limit=1)
    first, card = answer["hits"][0], page.locator(".card").first
    assert card.locator("h3").inner_text() == first["item"]["title"]
    assert card.locator(".why").inner_text() == first["reasons"][0]["text"]
    ranks = {f"{name} {branch['rank']}" for name, branch in first["branches"].items()}
    assert set(card.locator(".badges li").all_inner_texts()) == ranks
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert card.locator("img").evaluate(loaded) == 64


def test_a_facet_narrows(page: Page, shared: Service) -> None:
    """A click on a facet keeps what has that value; its chip takes the filter away; back brings it again."""
    _open(page, "/?q=horse")
    before = _found(page)
    value = page.get_by_role("region", name="Family").get_by_role("button", name="Phosphor")
    assert 0 < int(value.locator("small").inner_text()) < before
    value.click()
    chip = page.get_by_role("button", name="Remove Family: Phosphor")
    chip.wait_for()
    count = _search(shared, query="horse", filter={"in": {"category": ["Phosphor"]}})["total"]
    assert _found(page) == count
    assert {where.split(" · ")[0] for where in _wheres(page)} == {"Phosphor"}
    chip.click()
    chip.wait_for(state="detached")
    assert _found(page) == before
    page.go_back()
    chip.wait_for()
    assert _found(page) == count


def test_the_keyboard_keeps_its_place(page: Page) -> None:
    """A facet that is used by keyboard keeps the focus in the new list, and so do the results."""
    _open(page, "/?q=horse")
    value = page.get_by_role("region", name="Family").get_by_role("button", name="Phosphor")
    value.press("Enter")
    page.get_by_role("button", name="Remove Family: Phosphor").wait_for()
    page.wait_for_function("() => document.activeElement.dataset.key === 'category:\"Phosphor\"'")
    assert value.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove Family: Phosphor").wait_for(state="detached")
    page.locator(".like").first.press("Enter")
    page.get_by_role("button", name="Remove Like: ").wait_for()
    page.wait_for_function("() => document.activeElement.id === 'results'")


def test_an_address_is_a_search(page: Page) -> None:
    """A shared address opens the same list: values of one field are alternatives, fields come together."""
    _open(page, "/?q=horse&f=attributes.weight:bold&f=attributes.weight:thin&f=category:Phosphor")
    assert page.get_by_role("combobox").input_value() == "horse"
    assert page.locator(".chip").count() == 3
    assert set(_wheres(page)) == {"Phosphor · bold", "Phosphor · thin"}


def test_more_like_this(page: Page) -> None:
    """A hit leads to its neighbours, named by a chip that leads back to everything."""
    _open(page, "/?q=horse")
    title = page.locator(".card h3").first.inner_text()
    page.locator(".card").first.hover()
    page.get_by_role("button", name=f"More like this: {title}").first.click()
    page.get_by_role("button", name=f"Remove Like: {title}").wait_for()
    assert "like=" in page.url
    assert page.get_by_role("combobox").input_value() == ""
    assert any("similar" in why for why in page.locator(".card .why").all_inner_texts())


def test_scrolling_goes_through_the_list(page: Page, shared: Service) -> None:
    """The list goes on while one scrolls, without a picture twice, to its end."""
    total = _search(shared, limit=1, filter={"eq": {"category": "Phosphor"}})["total"]
    assert total > 100
    _open(page, "/?f=category:Phosphor")
    end = page.get_by_role("button", name="Show more")
    for _ in range(60):
        if not end.is_visible():
            break
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)
    ids = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert len(ids) == len(set(ids)) == total


def test_a_hit_explains_itself(page: Page, shared: Service) -> None:
    """Looked at closely, a hit shows the sum that placed it; Escape leads back to where one was."""
    _open(page, "/?q=horse")
    tile = page.locator(".tile").first
    tile.click()
    dialog = page.get_by_role("dialog")
    score = _search(shared, query="horse", limit=1)["hits"][0]["score"]
    shown = dialog.locator(".tree > li > .node .much").inner_text()
    assert float(shown) == pytest.approx(score, rel=1e-3)
    assert dialog.locator(".tree ul .node").count() >= 2
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert tile.evaluate("tile => tile === document.activeElement")


def test_misspelt_words_are_told(page: Page) -> None:
    """A corrected query says what the pictures are for, and offers it as the search."""
    _open(page, "/?q=horze")
    page.locator("#hint").get_by_role("button", name="horse").click()
    page.get_by_role("heading", name="for “horse”").wait_for()


def test_trouble_is_told_in_words(browser: Browser, shared: Service) -> None:
    """When the service is gone the page says so, and tries again when asked to."""
    with visit(browser, shared.address, expected=(0,)) as page:
        _open(page)
        page.route("**/v1/search", lambda route: route.abort())
        page.get_by_role("combobox").fill("horse")
        page.get_by_role("button", name="Find").click()
        alert = page.get_by_role("alert")
        alert.get_by_text("The service does not answer.").wait_for()
        page.unroute("**/v1/search")
        alert.get_by_role("button", name="Try again").click()
        page.get_by_role("heading", name="for “horse”").wait_for()
        assert alert.inner_text() == ""


def test_a_bad_address_is_told_in_words(browser: Browser, shared: Service) -> None:
    """A filter that the service refuses is shown with the service's own words."""
    with visit(browser, shared.address, expected=(422,)) as page:
        page.goto("/?q=horse&f=colour:red")
        page.get_by_role("alert").get_by_text("'colour' is no field").wait_for()


def test_a_guarded_service_asks_for_its_key(browser: Browser, serving: Callable[..., Service]) -> None:
    """Where a key is needed the page asks once, and everything then comes with it."""
    service = serving(api_keys="open-sesame", encoder="none", model="none")
    with visit(browser, service.address, expected=(401, 503)) as page:
        page.goto("/")
        page.get_by_role("dialog", name="A key is needed").wait_for()
        page.get_by_label("Key", exact=True).fill("open-sesame")
        page.keyboard.press("Enter")
        page.get_by_text("0 pictures").first.wait_for()
        page.get_by_role("heading", name="Nothing here yet").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_everyone_can_use_it(browser: Browser, shared: Service, scheme: str, size: str) -> None:
    """In both schemes and on a phone nothing is pale, unnamed or wider than the window."""
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    if size == "phone":
        options |= {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    with visit(browser, shared.address, **options) as page:

        def check(state: str) -> None:
            assert page.evaluate(UNNAMED) == [], state
            assert page.evaluate(PALE) == [], state
            assert page.evaluate(WIDER) <= 0, state

        _open(page, "/?q=horse&f=category:Phosphor")
        assert page.locator("h1").count() == 1
        for landmark in ("banner", "main", "search", "navigation"):
            assert page.get_by_role(landmark, include_hidden=True).count() == 1, landmark
        check("results")
        if size == "phone":
            page.locator("#narrow summary").click()
            check("facets")
        page.get_by_role("combobox").press_sequentially(" h")
        page.get_by_role("option").first.wait_for()
        check("completions")
        page.keyboard.press("Escape")
        page.locator(".tile").first.click()
        check("about")
        page.keyboard.press("Escape")
        page.get_by_role("combobox").fill("")
        page.locator("#make").click()
        page.locator(".options summary").click()
        check("studio")


def test_focus_is_seen_on_every_stop(page: Page) -> None:
    """Tab goes through every control in sight, and each shows that it has the focus."""
    _open(page, "/?q=horse")
    page.locator(".skip").focus()
    for _ in range(25):
        page.keyboard.press("Tab")
        width = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("() => document.activeElement.outerHTML")
