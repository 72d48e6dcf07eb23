"""Turns the error tree into HTTP: problem documents (RFC 9457), or OpenAI's object under its paths."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.domain.errors import (
    Conflict,
    Expired,
    InvalidInput,
    NotFound,
    Overloaded,
    TooLarge,
    TrouvereError,
    Unauthorized,
    Unavailable,
)

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

logger = logging.getLogger(__name__)

# One table: kind of error → status, title.
STATUSES: dict[type[TrouvereError], tuple[int, str]] = {
    InvalidInput: (422, "The request holds a value that cannot be used"),
    NotFound: (404, "Not found"),
    Conflict: (409, "The request contradicts what is recorded"),
    Expired: (410, "What was named is gone"),
    TooLarge: (413, "The request is too large"),
    Unauthorized: (401, "A key is needed"),
    Overloaded: (429, "Too much is waiting"),
    Unavailable: (503, "A part that the request needs is not available"),
}
OPENAI_PREFIXES = ("/v1/images", "/v1/models", "/v1/embeddings")
TITLES = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 500: "Internal error"}


def install(app: FastAPI) -> None:
    """Answer every error of this service, and those of the framework, in one form."""
    app.add_exception_handler(TrouvereError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


def problem(
    scope: Scope,
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem document, or OpenAI's error object under its paths; `errors` name fields."""
    path = scope["path"]
    if path.startswith(OPENAI_PREFIXES):
        body, media_type = _openai(status, detail, errors), "application/json"
    else:
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": path}
        if errors:
            body["errors"] = errors
        media_type = "application/problem+json"
    if request_id := scope.get("state", {}).get("request_id"):
        body["request_id"] = request_id
    return JSONResponse(body, status, headers=headers, media_type=media_type)


def known_problem(scope: Scope, error: TrouvereError) -> Response:
    """Return the answer that the table gives to `error`."""
    status, title = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers: dict[str, str] = {}
    errors = None
    if isinstance(error, InvalidInput | TooLarge):
        errors = [{"field": error.field, "message": error.message}]
    if isinstance(error, InvalidInput) and scope["path"].startswith(OPENAI_PREFIXES):
        status = 400
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(scope, status, title, error.message, errors, headers)


def _openai(status: int, detail: str, errors: list[dict[str, str]] | None) -> dict[str, Any]:
    kind = {401: "authentication_error", 429: "rate_limit_error"}.get(status)
    if kind is None:
        kind = "invalid_request_error" if status < 500 else "server_error"
    param = errors[0]["field"] if errors else None
    return {"error": {"message": detail, "type": kind, "param": param, "code": None}}


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrouvereError)  # noqa: S101  # the table of handlers says so
    return known_problem(request.scope, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # the table of handlers says so
    errors = [{"field": field_path(e["loc"]), "message": e["msg"]} for e in error.errors()]
    status, title = STATUSES[InvalidInput]
    if request.url.path.startswith(OPENAI_PREFIXES):
        status = 400
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors[:5])
    return problem(request.scope, status, title, detail, errors)


def field_path(loc: tuple[int | str, ...]) -> str:
    """Return where a value stood, in the caller's terms: ("body", "tags", 0) → `tags[0]`."""
    path = ""
    for part in loc[1:] if len(loc) > 1 else loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # the table of handlers says so
    title = TITLES.get(error.status_code, error.detail)
    return problem(request.scope, error.status_code, title, error.detail, headers=dict(error.headers or {}))


async def _unknown(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(request.scope, 500, TITLES[500], "Something went wrong here; the log says what.")
