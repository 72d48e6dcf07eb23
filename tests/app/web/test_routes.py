"""The page is sent with its files, tagged, and under a strict policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api import errors
from app.web.assets import load_assets
from app.web.routes import router

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An application of the page alone."""
    app = FastAPI()
    app.include_router(router)
    errors.install(app)
    with TestClient(app) as client:
        yield client


def test_page_and_all_it_names(client: TestClient) -> None:
    """The page comes as HTML, and every file that it or its modules name comes as its kind."""
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.text))
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    seen: set[str] = set()
    while rest := named - seen:
        name = rest.pop()
        seen.add(name)
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"] == kinds[name.rpartition(".")[2]]
        named |= set(re.findall(r'from "\./([^"]+)"', answer.text))
    assert seen | {"index.html"} == set(load_assets()), "no file is sent along without use"


def test_nothing_from_elsewhere(client: TestClient) -> None:
    """Neither page nor modules name another host, and the policy would refuse it."""
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, asset in load_assets().items():
        addresses = re.findall(r"https?://[^\s\"')]+", asset.content.decode())
        assert [a for a in addresses if a != "http://www.w3.org/2000/svg"] == [], name


def test_no_inline_code(client: TestClient) -> None:
    """The page needs no exception from its policy: no inline script, style or handler."""
    text = client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


def test_tags(client: TestClient) -> None:
    """A browser that holds this version is told so without the bytes."""
    first = client.get("/static/style.css")
    again = client.get("/static/style.css", headers={"If-None-Match": f'W/{first.headers["etag"]}, "x"'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get("/static/style.css", headers={"If-None-Match": '"x"'})
    assert other.content == first.content


@pytest.mark.parametrize("name", ["missing.js", "..%2Froutes.py", "%2e%2e/assets.py", "__init__.py"])
def test_only_its_own_files(client: TestClient, name: str) -> None:
    """No other file can be had, by any spelling."""
    assert client.get(f"/static/{name}").status_code == 404


def test_every_file_says_its_job() -> None:
    """Each stylesheet and module begins with a comment, and is short enough to read."""
    for name, asset in load_assets().items():
        text = asset.content.decode()
        if name.endswith((".js", ".css")):
            assert re.match(r"(?:// .+[.]\n|/\* .+[.] \*/\n)", text), name
        assert text.count("\n") <= 300, name
