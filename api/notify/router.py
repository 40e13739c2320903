"""Notifications for those who look after them: channels, deliveries, the dead ones sent again, and contacts."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.principal import may
from api.auth.roles import CENTRE, PEOPLE, Role
from api.auth.service import Principal
from api.errors import NotFound
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.etag import demand_tag
from api.kit.tagged import UNCHANGED, IfMatch, IfNoneMatch, answer_document, tag_of
from api.notify import causes, repository
from api.notify.delivery import LOCK, check_dead, send_again
from api.notify.models import DeliveryRow, DeliveryState, NoticeRow
from api.notify.notices import Fact, Notice, NoticeTopic, tell
from api.notify.planning import plan
from api.notify.schemas import ChannelState, ChannelStates, Contacts, Deliveries, Delivery
from api.problems import responses
from api.site import repository as site

router = APIRouter(prefix="/notify", tags=["notifications"])
HouseIn = Annotated[House, Depends(house_of)]
_NO_DELIVERY = "no such delivery, or its ticket lies outside your units"
Recipient = Annotated[str, Path(max_length=80, pattern=r"^(department:)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


@router.get("/channels", responses=responses(401, 403))
async def list_channels(who: Annotated[Principal, may(*CENTRE)], house: HouseIn) -> ChannelStates:
    """All channels, with how many deliveries that the caller may see stand how."""
    async with house.database.reading() as session:
        counts = await repository.counts(session, who.scope)
    return ChannelStates(
        items=[
            ChannelState(
                id=spec.id,
                kind=spec.kind,
                topics=list(spec.topics),
                units=list(spec.units),
                language=spec.language,
                quiet=[f"{at:%H:%M}" for at in spec.quiet] if spec.quiet else None,
                **{state.value: counts.get(spec.id, {}).get(state, 0) for state in DeliveryState},
            )
            for spec in house.channels.specs
        ]
    )


@router.get("/deliveries", responses=responses(400, 401, 403, 422))
async def list_deliveries(
    who: Annotated[Principal, may(*CENTRE)],
    house: HouseIn,
    state: DeliveryState | None = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Deliveries:
    """Newest first. `state=dead`: those that a person has to look at."""
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        rows = await repository.page(session, who.scope, state, channel, before, limit)
    last = rows[limit - 1][0].id if len(rows) > limit else None
    items = [_shown(row, notice) for row, notice in rows[:limit]]
    return Deliveries(items=items, next=None if last is None else encode_cursor(last))


@router.post("/deliveries/{delivery_id}/resend", responses=responses(401, 403, 404, 422))
async def resend_delivery(
    delivery_id: Annotated[int, Path(ge=1, lt=2**31)], who: Annotated[Principal, may(*CENTRE)], house: HouseIn
) -> Delivery:
    """Send a dead one again, at once. One that waits is answered as it is; one that was sent is refused."""
    async with house.database.writing(on=LOCK) as session:
        row = await repository.delivery(session, who.scope, delivery_id)
        if row is None:
            raise NotFound(_NO_DELIVERY)
        send_again(row, house.clock.now())
        return _shown(row, (await repository.notices(session, [row.notice_seq]))[row.notice_seq])


@router.delete("/deliveries/{delivery_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def take_away_delivery(
    delivery_id: Annotated[int, Path(ge=1, lt=2**31)], who: Annotated[Principal, may(*CENTRE)], house: HouseIn
) -> None:
    """Take away a dead one that nobody needs any more; by itself none goes. It stays on record who did."""
    async with house.database.writing() as session:
        row = await repository.delivery(session, who.scope, delivery_id)
        if row is None:
            raise NotFound(_NO_DELIVERY)
        check_dead(row)
        await session.delete(row)
        told = f"by {row.channel}: {row.last_error}"
        entry = Entry(house.clock.now(), who.username, who.role.value, "delivery_taken_away", str(row.id), told)
        await audit.append(session, entry)


@router.post("/channels/{channel}/test", status_code=202, responses=responses(401, 403, 404))
async def test_channel(
    channel: Annotated[str, Path(max_length=64)], who: Annotated[Principal, may(Role.ADMINISTRATOR)], house: HouseIn
) -> None:
    """Send a test by this channel, whatever it hears of and at any hour; its deliveries show what came of it."""
    found = house.channels.named(channel)
    if found is None:
        raise NotFound("notify.toml names no such channel")
    loud = found[0].model_copy(update={"topics": (), "units": (), "quiet": None})
    now = house.clock.now()
    facts: dict[str, Fact] = {"name": "Sanxun", "cause": causes.read("a test")}
    async with house.database.writing(on=LOCK) as session:
        zone = ZoneInfo((await site.site_row(session)).timezone)
        notice = await tell(session, Notice(NoticeTopic.TROUBLE, now, (who.username,), facts=facts))
        await session.flush()
        await plan(session, notice, (loud,), (), zone, now)


@router.get("/contacts/{recipient}", response_model=Contacts, responses={**UNCHANGED, **responses(401, 403, 404, 422)})
async def read_contacts(
    recipient: Recipient, who: Annotated[Principal, may(*PEOPLE)], house: HouseIn, if_none_match: IfNoneMatch = None
) -> Response:
    """One's own; an administrator everybody's."""
    _own_or_administrator(recipient, who)
    async with house.database.reading() as session:
        found = Contacts(**await repository.contacts_of(session, recipient))
    return answer_document(found, if_none_match)


@router.put("/contacts/{recipient}", responses=responses(401, 403, 404, 412, 422, 428))
async def set_contacts(
    recipient: Recipient,
    body: Contacts,
    response: Response,
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    if_match: IfMatch = None,
) -> Contacts:
    """Make somebody's addresses these. Needs If-Match."""
    _own_or_administrator(recipient, who)
    given = {kind: address for kind, address in body.model_dump().items() if address is not None}
    async with house.database.writing() as session:
        demand_tag(if_match, tag_of(Contacts(**await repository.contacts_of(session, recipient))))
        await repository.set_contacts(session, recipient, given)
        entry = Entry(
            house.clock.now(), who.username, who.role.value, "contacts_set", recipient, ", ".join(sorted(given))
        )
        await audit.append(session, entry)
    response.headers["ETag"] = tag_of(body)
    return body


def _own_or_administrator(recipient: str, who: Principal) -> None:
    if recipient != who.username and who.role is not Role.ADMINISTRATOR:
        raise NotFound("there are no such contacts, or they are another's")


def _shown(row: DeliveryRow, notice: NoticeRow) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        address="…" + row.address[-4:] if row.address else "",
        state=DeliveryState(row.state),
        topic=notice.topic,
        ticket_id=notice.ticket_id,
        unit=notice.unit,
        at=notice.at,
        attempts=row.attempts,
        due_at=row.due_at,
        last_error=row.last_error,
        done_at=row.done_at,
    )
