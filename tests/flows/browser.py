"""Drives a real headless Chromium, and measures in it what makes a page usable by everyone."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

# What cannot be named by a screen reader, or refers to nothing.
UNNAMED = """() => {
  const seen = (e) => e.checkVisibility({ visibilityProperty: true });
  const byId = (id) => document.getElementById(id);
  const name = (e) => [
    e.getAttribute("aria-label"), e.title, e.alt, e.textContent,
    ...(e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => byId(id)?.textContent),
    ...[...(e.labels ?? [])].map((label) => label.textContent),
  ].some((text) => text?.trim());
  const controls = "button, a[href], input, select, textarea, summary, progress, dialog[open], [role=option]";
  const unnamed = [...document.querySelectorAll(controls)].filter((e) => seen(e) && !name(e));
  const unpictured = [...document.querySelectorAll("img:not([alt])")];
  const dangling = [...document.querySelectorAll("[aria-controls], [aria-labelledby], [for]")].filter((e) =>
    ["aria-controls", "aria-labelledby", "for"].some((a) =>
      e.hasAttribute(a) && !e.getAttribute(a).split(" ").every(byId)));
  return [...unnamed, ...unpictured, ...dangling].map((e) => e.outerHTML.slice(0, 200));
}"""
# Visible text whose contrast is under WCAG 2.2 AA: 4.5, or 3 where it is large.
PALE = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (color) => color.slice(0, 3)
    .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility({ opacityProperty: true })) continue;
    if (e.closest("option, noscript")) continue;
    const style = getComputedStyle(e);
    const back = behind(e);
    const [one, other] = [light(over(rgba(style.color), back)), light(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    const text = walker.currentNode.data.trim().slice(0, 40);
    if (ratio < (large ? 3 : 4.5)) pale.push(`${ratio.toFixed(2)} ${text}`);
  }
  return pale;
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def executable() -> str | None:
    """Return where Chromium is installed, or None when it or its driver is missing."""
    if find_spec("playwright") is None:
        return None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; one event loop runs with it, so nothing else may start one meanwhile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, address: str, expected: tuple[int, ...] = (), **options: Any) -> Iterator[Page]:
    """Open a page that must not complain, nor ask anything of another host; `expected` statuses may fail."""
    context = browser.new_context(base_url=address, **({"viewport": DESK} | options))
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: _keep(said.type, said.text, expected, complaints))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert complaints == []
    strangers = [url for url in asked if url.startswith("http") and not url.startswith(address)]
    assert [urlsplit(url).netloc for url in strangers] == []


def _keep(kind: str, text: str, expected: tuple[int, ...], complaints: list[str]) -> None:
    known = any(f"status of {status}" in text for status in expected) or (0 in expected and "ERR_" in text)
    if kind in {"error", "warning"} and not known:
        complaints.append(text)
