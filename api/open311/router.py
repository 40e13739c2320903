"""GeoReport v2 at ``/open311/v2``. Services are for everybody; requests are read and made with `api_key`, a token of
``sanxun token create``: what hazards a town has and where is not for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api.auth.principal import require_admissible
from api.auth.roles import PEOPLE, REPORTERS, Role
from api.auth.scopes import require_scope
from api.auth.service import Principal
from api.errors import ApiError, BadRequest, NotAllowed, NotFound
from api.hazards.kinds import Kind
from api.house import House, house_of
from api.open311 import reading, repository
from api.open311.services import name_of, service
from api.open311.writing import REQUESTS, SERVICES, Format, Names, answer, failed, one
from api.reports import photos
from api.reports import service as filing
from api.reports.router import tell
from api.reports.service import Filing
from api.reports.words import without_persons
from api.tickets import repository as tickets
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.states import ENDED, TicketState
from streams.delivery.events import utc_text

router = APIRouter(prefix="/open311/v2", tags=["open311"])
HouseIn = Annotated[House, Depends(house_of)]
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/xml": {}}},
    **{
        status: {"description": words, "content": {"application/json": {}, "text/xml": {}}}
        for status, words in (
            (400, "Wrong"),
            (403, "The key does not do"),
            (404, "Nothing here"),
            (413, "Too many bytes"),
            (429, "Too many attempts"),
            (503, "The server lacks what this needs"),
        )
    },
}
_CREATED = {201: _ANSWER[200], **{status: told for status, told in _ANSWER.items() if status != 200}}
_FORM = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "multipart/form-data": {"schema": {"type": "object"}},
        }
    }
}
_ASKED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "description": words, "schema": {"type": "string"}}
        for name, words in (
            ("api_key", "A token of `sanxun token create`."),
            ("service_request_id", "Ids with commas between, 1000 at most; the dates are passed over then."),
            ("service_code", "Codes of services.json with commas between."),
            ("status", "open, closed, or both."),
            ("start_date", "Such as 2026-11-22T08:00:00Z; 90 days before end_date where not given."),
            ("end_date", "Now where not given. Given, the pages of an answer do not move as requests come in."),
            ("page", "From 1. A page that is not full is the last."),
            ("page_size", "1 to 1000; 1000 where not given."),
        )
    ]
}
_NOTES: dict[str, str] = {
    TicketState.MERGED: "known already, as another request",
    TicketState.REJECTED: "not taken up",
    TicketState.VOIDED: "withdrawn",
    TicketState.SUSPENDED: "waits for something",
}


@router.get("/discovery.{form}", response_class=Response, responses=_ANSWER)
async def open311_discovery(form: Format, request: Request, house: HouseIn) -> Response:
    base = house.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{base}/open311/v2",
        "changeset": "2026-11-22T00:00:00Z",
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    told = {"changeset": endpoint["changeset"], "contact": "the operator of this server"}
    return one(form, "discovery", told | {"key_service": "the operator of this server", "endpoints": [endpoint]})


@router.get("/services.{form}", response_class=Response, responses=_ANSWER)
async def open311_services(form: Format) -> Response:
    return answer(form, SERVICES, [service(kind) for kind in Kind])


@router.get("/services/{code}.{form}", response_class=Response, responses=_ANSWER)
async def open311_service(code: Annotated[str, Path(max_length=64)], form: Format) -> Response:
    if code not in tuple(Kind):
        return failed(form, NotFound(f"there is no service {code}; see services.{form}"))
    return one(form, "service_definition", {"service_code": code, "attributes": []})


@router.get("/requests.{form}", response_class=Response, responses=_ANSWER, openapi_extra=_ASKED)
async def open311_requests(form: Format, request: Request, house: HouseIn) -> Response:
    """The newest first."""
    try:
        who = await _caller(house, request.query_params, PEOPLE, "GET")
        wanted = reading.wanted(request.query_params, house.clock.now())
    except ApiError as error:
        return failed(form, error)
    async with house.database.reading() as session:
        rows = await repository.requests(session, who.scope, wanted)
    return answer(form, REQUESTS, [_shown(row) for row in rows])


@router.get("/requests/{request_id}.{form}", response_class=Response, responses=_ANSWER)
async def open311_request(
    request_id: Annotated[str, Path(max_length=64)], form: Format, request: Request, house: HouseIn
) -> Response:
    try:
        who = await _caller(house, request.query_params, PEOPLE, "GET")
        async with house.database.reading() as session:
            row = await tickets.find(session, request_id, who.scope)
        if row is None:
            raise NotFound("no such service_request_id, or it lies outside your grids")
    except ApiError as error:
        return failed(form, error)
    return answer(form, REQUESTS, [_shown(row)])


@router.post("/requests.{form}", status_code=201, response_class=Response, responses=_CREATED, openapi_extra=_FORM)
async def make_open311_request(form: Format, request: Request, house: HouseIn) -> Response:
    """`service_code` with `lat` and `long`, WGS-84; `description`, `address_string` and a photo as `media`. Names, mail
    addresses and telephone numbers of the reporter are not kept, and no `media_url` is fetched."""
    try:
        given = reading.read_form(request.headers.get("content-type", ""), await request.body())
        who = await _caller(house, {**request.query_params, **given.fields}, REPORTERS, "POST")
        ticket_id = await _make(house, who, given)
    except ApiError as error:
        return failed(form, error)
    made = {"service_request_id": ticket_id, "service_notice": "", "account_id": ""}
    return answer(form, Names("service_requests", "request"), [made], 201)


async def _make(house: House, who: Principal, given: reading.Form) -> str:
    fields = given.fields
    code = fields.get("service_code", "")
    if code not in tuple(Kind):
        raise BadRequest(f"service_code is required, one of services.json; got {code[:64]!r}")
    lat, lon = reading.degrees(fields, "lat", 90), reading.degrees(fields, "long", 180)
    address = without_persons(fields.get("address_string", ""))
    if (lat is None) != (lon is None) or (lat is None and not address):
        raise BadRequest("give lat and long, in WGS-84, or an address_string")
    kept, proposed = await photos.take(house, given.photo)
    report = Filing(
        way="open311",
        kind=Kind(code),
        words=fields.get("description", ""),
        lon=lon,
        lat=lat,
        uncertainty_m=filing.UNKNOWN_ACCURACY_M,
        by=who.username,
        address=address,
        photo=kept,
        proposed=proposed,
        waits=True,
    )
    async with house.database.writing() as session:
        filed = await filing.file(await Desk.at(house, session), report)
        assert filed.arrived.ticket is not None, "a person's report is never muted"
        ticket_id = filed.arrived.ticket.id
    tell(house, filed)
    return ticket_id


async def _caller(house: House, values: Mapping[str, str], roles: tuple[Role, ...], method: str) -> Principal:
    """Whose key it is. Raises `NotAllowed`."""
    key = values.get("api_key", "")
    who = await house.auth.recognise(key, None) if key else None
    if who is None:
        raise NotAllowed("api_key is missing or not good: make one with `sanxun token create`")
    if who.role not in roles:
        raise NotAllowed(f"this key is a {who.role}'s, and may not do this")
    require_scope(who.scopes, ("open311",), method)
    require_admissible(who)
    return who


def _shown(row: TicketRow) -> dict[str, object]:
    """No picture and no person: `media_url` stays empty, and `expected_datetime` while no deadline runs: before it is
    taken up, and while it is suspended."""
    state, kind = TicketState(row.state), Kind(row.kind)
    counts = row.dispatched_at is not None and row.rectify_left_s is None
    return {
        "service_request_id": row.id,
        "status": "closed" if state in ENDED else "open",
        "status_notes": _NOTES.get(state, ""),
        "service_name": name_of(kind),
        "service_code": kind.value,
        "description": row.hazard.words,
        "agency_responsible": row.department or "",
        "service_notice": "",
        "requested_datetime": utc_text(row.created_at),
        "updated_datetime": utc_text(row.changed_at),
        "expected_datetime": utc_text(row.rectify_by) if counts else "",
        "address": row.zone_name,
        "address_id": row.grid or "",
        "zipcode": "",
        "lat": row.lat,
        "long": row.lon,
        "media_url": "",
    }
