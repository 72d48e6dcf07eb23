"""Shows people what is known of them, lets them correct it, and forgets them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from app.api.deps import KeyDep, ServicesDep, claim
from app.api.schemas.users import ProfileBody, profile_json
from app.api.schemas.wire import Name

router = APIRouter(tags=["users"])
UserName = Annotated[Name, Path()]


@router.get("/v1/users/{user}/profile")
async def get_profile(user: UserName, found: ServicesDep) -> dict[str, Any]:
    """Tell what is known of a user's taste, from what they did and what they say."""
    return profile_json(await found.users.known(user))


@router.put("/v1/users/{user}/profile")
async def put_profile(
    user: UserName, body: ProfileBody, request: Request, found: ServicesDep, key: KeyDep
) -> dict[str, Any]:
    """Keep what a user says of their own taste, instead of what they said before."""
    written = claim(key, request, await request.body())
    appended = await found.events.edit(user, body.to_body(), written)
    return {"user": user, "lsn": appended.lsn}


@router.delete("/v1/users/{user}")
async def forget_user(user: UserName, request: Request, found: ServicesDep, key: KeyDep) -> dict[str, Any]:
    """Take every trace of a user out of the log, of what follows from it, and of what is saved of that."""
    appended = await found.events.forget(user, claim(key, request, b""))
    await found.users.forgotten(appended.lsn)
    answers = await found.answers.forget(user)
    removed = {"events": 0, "devices": 0, "profile": False}
    if (erased := appended.erased) is not None:
        removed = {
            "events": erased.num_events,
            "devices": len(erased.devices),
            "profile": erased.profile,
        }
    return {"user": user, "removed": removed | {"answers": answers}, "lsn": appended.lsn}
