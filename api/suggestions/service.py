"""The rules of suggestions: proposed by machines, put into force by people, and written down either way."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotFound, Unavailable, Unprocessable, VersionChanged
from api.house import House
from api.kit.etag import matches
from api.site import repository as site
from api.site.service import apply_site
from api.suggestions import repository
from api.suggestions.models import SuggestionRow
from api.suggestions.schemas import AcceptBody, Accepted, SuggestionIn
from streams.errors import BadSite
from streams.site import CameraSpec
from streams.suggest.toml import free_id

PROPOSED, ACCEPTED, DISCARDED = "suggestion.proposed", "suggestion.accepted", "suggestion.discarded"
KEPT_DAYS = 30  # undecided; its picture is of a public place and does not outlast a hazard's
_NONE = "there is no suggestion for this camera, or it lies outside your grids"
_TRIES = 5  # two servers that add to the audit trail in the same moment: one does its work again

T = TypeVar("T")


async def propose(house: House, camera: str, body: SuggestionIn, who: Principal) -> None:
    """Keep a suggestion in place of the camera's earlier one. Raises `NotFound`, `Unprocessable`."""
    if body.camera != camera:
        fault = {"at": "body.camera", "expected": camera, "got": body.camera}
        raise Unprocessable(f"the suggestion is for {body.camera}, sent to {camera}", [fault])
    values = body.model_dump(mode="json", exclude={"picture_jpeg"})
    picture = None if body.picture_jpeg is None else await house.evidence.cleaned(body.picture_jpeg)

    async def work(session: AsyncSession) -> str | None:
        row = await site.camera(session, camera)
        if row is None or not who.scope.covers(row.grid):
            raise NotFound("no such camera, or it lies outside your grids")
        made = SuggestionRow(
            camera=camera,
            id=secrets.token_hex(8),
            made_at=house.clock.now(),
            made_by=who.username,
            body=values,
            picture_jpeg=picture,
        )
        await repository.put(session, made)
        await _write_down(session, house, who, PROPOSED, camera, f"{len(body.zones)} zones")
        return row.grid

    house.bus.publish("camera", camera, await _recorded(house, work))


async def version(session: AsyncSession, row: SuggestionRow) -> str:
    """The entity tag of a suggestion beside the site as it is: either may change while a person decides."""
    stored = await site.site_row(session)
    return f'"{row.id}-{stored.instance}-{stored.revision}"'


async def accept(house: House, camera: str, body: AcceptBody, if_match: str | None, who: Principal) -> Accepted:
    """Make what a person took part of the site, and forget the suggestion. Raises `NotFound`, `VersionChanged`,
    `Unprocessable`."""

    async def work(session: AsyncSession) -> tuple[Accepted, str | None]:
        found = await _matching(session, camera, if_match, who)
        before = await site.load_site(session)
        cameras = [_with(one, body) if one.id == camera else one for one in before.camera]
        try:
            await apply_site(session, before.model_copy(update={"camera": tuple(cameras)}))
        except BadSite as error:
            raise Unprocessable(str(error)) from None
        before_ids = {zone.id for one in before.camera if one.id == camera for zone in one.zone}
        added = [z.id for one in cameras if one.id == camera for z in one.zone if z.id not in before_ids]
        await repository.forget(session, found)
        await _write_down(session, house, who, ACCEPTED, camera, ", ".join(added) or "no zone")
        row = await site.camera(session, camera)
        revision = (await site.site_row(session)).revision
        return Accepted(camera=camera, zones=added, revision=revision), row.grid if row else None

    accepted, grid = await _recorded(house, work)
    house.bus.publish("camera", camera, grid)
    return accepted


async def discard(house: House, camera: str, if_match: str | None, who: Principal) -> None:
    """Forget it and its picture. Raises `NotFound`, `VersionChanged`."""

    async def work(session: AsyncSession) -> str | None:
        found = await _matching(session, camera, if_match, who)
        await repository.forget(session, found)
        await _write_down(session, house, who, DISCARDED, camera, f"{len(found.body['zones'])} zones")
        row = await site.camera(session, camera)
        return row.grid if row else None

    house.bus.publish("camera", camera, await _recorded(house, work))


async def forget_overdue(house: House) -> int:
    """Suggestions that nobody decided upon in time; how many were deleted."""
    async with house.database.writing() as session:
        return await repository.forget_before(session, house.clock.now() - timedelta(days=KEPT_DAYS))


async def _matching(session: AsyncSession, camera: str, if_match: str | None, who: Principal) -> SuggestionRow:
    found = await repository.find(session, camera, who.scope)
    if found is None:
        raise NotFound(_NONE)
    if if_match is not None and not matches(if_match, await version(session, found)):
        raise VersionChanged("the suggestion or the site has changed since you looked; look again and decide anew")
    return found


def _with(camera: CameraSpec, body: AcceptBody) -> CameraSpec:
    taken = {zone.id for zone in camera.zone}
    zones = list(camera.zone)
    for zone in body.zones:
        zone_id = free_id(zone.id, taken)
        taken.add(zone_id)
        zones.append(zone.model_copy(update={"id": zone_id}))
    update: dict[str, object] = {"zone": tuple(zones)}
    if body.small_objects:
        update["small_objects"] = True
    if body.ground is not None and camera.ground is None:  # what somebody measured is better than what was learnt
        update["ground"] = body.ground
    return camera.model_copy(update=update)


async def _write_down(
    session: AsyncSession, house: House, who: Principal, action: str, camera: str, reason: str
) -> None:
    await audit.append(session, Entry(house.clock.now(), who.username, who.role, action, camera, reason))


async def _recorded(house: House, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    for _ in range(_TRIES):
        try:
            async with house.database.writing() as session:
                return await work(session)
        except IntegrityError:
            continue
    raise Unavailable("the audit trail is being written by others all the time; try again")
