"""Judges answers by their content: a status of 200 around a wrong body is a failure."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Body = dict[str, Any]
HEALTHY = {"ok", "skipped", "late"}  # a late branch is reported, and the answer stands without it


class WrongAnswer(Exception):
    """The service answered, and what it said cannot be right."""


def expect(holds: object, message: str) -> None:
    """Raise WrongAnswer with `message` unless something holds."""
    if not holds:
        raise WrongAnswer(message)


def page(body: Body, limit: int) -> None:
    """A page holds at most `limit` hits, each once, best first, each with reasons; ranks count from 1."""
    hits = body["hits"]
    expect(len(hits) <= limit, f"{len(hits)} hits for a limit of {limit}")
    expect(body["total"] >= len(hits), f"a total of {body['total']} with {len(hits)} hits on the page")
    scores = [hit["score"] for hit in hits]
    expect(scores == sorted(scores, reverse=True), "hits are not in the order of their scores")
    expect(len({hit["id"] for hit in hits}) == len(hits), "an item stands on the page twice")
    for hit in hits:
        expect(hit["reasons"], f"no reason is given for {hit['id']}")
        ranks = [place["rank"] for place in hit["branches"].values()]
        expect(min(ranks, default=1) >= 1, f"a rank below 1 for {hit['id']}")
    for branch in body["branches"]:
        expect(branch["status"] in HEALTHY, f"branch {branch['name']}: {branch.get('why', branch['status'])}")


def found(body: Body, word: str) -> None:
    """Somewhere on the page is an item that is called `word`."""
    expect(body["hits"], f"nothing was found for {word!r}")
    expect(any(word in words_of(hit) for hit in body["hits"]), f"no hit is called {word!r}")


def words_of(hit: Mapping[str, Any]) -> str:
    """Return title and tags of a hit in lower case."""
    item = hit["item"]
    return " ".join([item.get("title", ""), *item.get("tags", ())]).lower()


def filtered(body: Body, category: str) -> None:
    """Every hit is of the category that was asked for."""
    strays = [hit["id"] for hit in body["hits"] if hit["item"].get("category") != category]
    expect(not strays, f"not of {category!r}: {strays[:3]}")


def facets(body: Body, field: str) -> None:
    """The values of a facet are distinct, counted, and no more than the total for a field with one value."""
    values = body["facets"][field]
    expect(values, f"no values of {field}")
    expect(len({value["value"] for value in values}) == len(values), f"a value of {field} stands twice")
    counts = [value["count"] for value in values]
    expect(min(counts) >= 1, f"a value of {field} is counted {min(counts)} times")
    expect(sum(counts) <= body["total"], f"{sum(counts)} values of {field} for {body['total']} items")


def continues(pages: Sequence[Body]) -> None:
    """Pages of one list share no item, and scores fall from page to page."""
    ids = [hit["id"] for body in pages for hit in body["hits"]]
    expect(len(set(ids)) == len(ids), "an item stands on two pages")
    scores = [hit["score"] for body in pages for hit in body["hits"]]
    expect(scores == sorted(scores, reverse=True), "the next page begins better than the last one ended")


def unlike_itself(body: Body, item_id: str) -> None:
    """What is like an item is something else, and there is something."""
    expect(body["hits"], f"nothing is like {item_id}")
    expect(item_id not in {hit["id"] for hit in body["hits"]}, f"{item_id} is offered as like itself")


def suggestions(body: Body, limit: int) -> None:
    """Completions are words, each once, no more than asked for."""
    texts = [suggestion["text"] for suggestion in body["suggestions"]]
    expect(len(texts) <= limit, f"{len(texts)} suggestions for a limit of {limit}")
    expect(all(texts), "an empty suggestion")
    expect(len(set(texts)) == len(texts), "a suggestion stands twice")


def completes(body: Body, word: str) -> None:
    """A whole word is among its own completions, alone or at the head of a longer title."""
    texts = [suggestion["text"].lower() for suggestion in body["suggestions"]]
    expect(any(word in text for text in texts), f"{word!r} does not complete to itself")


def picture(b64: str) -> None:
    """The bytes are a picture that decodes, and not one flat colour."""
    try:
        opened = Image.open(io.BytesIO(base64.b64decode(b64, validate=True)))
        extrema = opened.convert("L").getextrema()
    except (binascii.Error, ValueError, UnidentifiedImageError, OSError) as error:
        message = f"not a picture: {error}"
        raise WrongAnswer(message) from error
    expect(extrema[0] != extrema[1], "the picture is one flat colour")


def recorded(body: Body, times: int) -> None:
    """An event was written this often: once when new, not at all when its id is known."""
    expect(body["recorded"] == times, f"recorded {body['recorded']} times, not {times}")


def first_is(body: Body, item_id: str) -> None:
    """This item leads the page."""
    first = body["hits"][0]["id"] if body["hits"] else None
    expect(first == item_id, f"{first} leads, not {item_id}")


def lacks(body: Body, item_id: str) -> None:
    """This item is nowhere on the page."""
    expect(item_id not in {hit["id"] for hit in body["hits"]}, f"{item_id} is still found")


def titled(body: Body, title: str) -> None:
    """The item has this title."""
    expect(body["title"] == title, f"the title is {body['title']!r}, not {title!r}")
