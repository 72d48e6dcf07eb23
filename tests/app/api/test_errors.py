"""Tests that every error of the tree becomes the right answer, in the form its path speaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.api.errors import STATUSES, field_path, known_problem
from app.domain import errors
from app.domain.errors import InvalidInput, NotFound, Overloaded, TrouvereError

if TYPE_CHECKING:
    from starlette.responses import Response


def scope(path: str) -> dict[str, Any]:
    """Return the scope of a request to `path`."""
    return {"type": "http", "path": path, "state": {"request_id": "r-1"}}


def body(answer: Response) -> dict[str, Any]:
    """Return an answer's JSON."""
    content: dict[str, Any] = json.loads(bytes(answer.body))
    return content


def test_the_table_knows_every_leaf_of_the_tree() -> None:
    """No error of the domain is without a status."""
    leaves = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, TrouvereError) and kind is not TrouvereError
    }
    assert leaves == set(STATUSES)


def test_a_wrong_value_is_named() -> None:
    """A problem document tells status, detail, the field and the request it belongs to."""
    answer = known_problem(scope("/v1/search"), InvalidInput("filter.all[0]", "no filter"))
    assert answer.media_type == "application/problem+json"
    told = body(answer)
    assert (answer.status_code, told["status"], told["detail"]) == (422, 422, "no filter")
    assert told["errors"] == [{"field": "filter.all[0]", "message": "no filter"}]
    assert (told["request_id"], told["instance"]) == ("r-1", "/v1/search")


def test_openai_paths_tell_the_parameter_with_400() -> None:
    """Under /v1/images a wrong value is OpenAI's error object with its param."""
    answer = known_problem(scope("/v1/images/generations"), InvalidInput("size", "not a size"))
    assert answer.status_code == 400
    assert body(answer)["error"] == {
        "message": "not a size",
        "type": "invalid_request_error",
        "param": "size",
        "code": None,
    }


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "1"), (1.2, "2"), (30.0, "30")])
def test_a_full_queue_says_when_to_come_back(seconds: float, told: str) -> None:
    """Retry-After is whole seconds, rounded up, at least one."""
    answer = known_problem(scope("/v1/images/generations"), Overloaded("full", seconds))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, told)


def test_what_is_missing_is_named() -> None:
    """404 says what kind of thing has no such id."""
    told = body(known_problem(scope("/v1/items/a"), NotFound("item", "a")))
    assert told["detail"] == "no item has the id 'a'"


def test_places_are_written_as_callers_write_them() -> None:
    """The framework's tuples become paths without the part of the request they stood in."""
    assert field_path(("body", "tags", 0)) == "tags[0]"
    assert field_path(("body", "location", "lat")) == "location.lat"
    assert field_path(("body",)) == "body"
