"""A route whose body is read and validated in one step, past what no plain request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

JSON = (b"content-type", b"application/json")


class DirectRoute(APIRoute):
    """Calls an endpoint of (body, request) at once where the body is good JSON of its model.

    Resolving dependencies and validating a parsed body cost more than a quick answer does. Whatever is
    unusual takes the framework's way, which says what is wrong; the documentation is the framework's too.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        usual, endpoint = super().get_route_handler(), self.endpoint
        (shape,) = [field.field_info.annotation for field in self.dependant.body_params]
        assert isinstance(shape, type)  # noqa: S101 - said to whoever declares such a route
        assert issubclass(shape, BaseModel)  # noqa: S101 - likewise
        read = shape.model_validate_json

        async def handle(request: Request) -> Response:
            if JSON not in request.scope["headers"]:
                return await usual(request)
            try:
                body = read(await request.body())
            except ValidationError:
                return await usual(request)
            answer: Response = await endpoint(body, request)
            return answer

        return handle
