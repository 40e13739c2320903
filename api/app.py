"""The application: what is served under which path, in which order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api import front, openapi, problems
from api.auth.accounts_router import router as accounts_router
from api.auth.elsewhere_router import router as elsewhere_router
from api.auth.router import router as session_router
from api.auth.second_factor_router import router as second_factor_router
from api.auth.tokens_router import router as tokens_router
from api.cameras.router import router as cameras_router
from api.colours.router import router as colours_router
from api.db import faults
from api.errors import NotFound
from api.events.router import router as events_router
from api.evidence.photos import LoadRedactor, load_redactor
from api.evidence.router import router as evidence_router
from api.false_alarms.router import router as false_alarms_router
from api.hazards.router import router as hazards_router
from api.hazards.worker_router import router as looks_router
from api.health import router as health_router
from api.house import open_house
from api.kit.asgi import BodyLimit, SecurityHeaders
from api.kit.clock import Clock
from api.kit.fast_polls import FastPolls
from api.kit.idempotency import Idempotency
from api.kit.known_query import known_query
from api.kit.tagged import PRIVATE
from api.ledger.router import router as ledger_router
from api.metrics.requests import RequestTimes
from api.metrics.router import router as metrics_router
from api.mutes.router import router as mutes_router
from api.notify.router import router as notify_router
from api.open311.router import router as open311_router
from api.patrols import refused
from api.patrols.plan_router import router as patrol_plans_router
from api.patrols.router import router as patrols_router
from api.reports.eye import LoadEye, load_eye
from api.reports.points import router as points_router
from api.reports.public import router as public_router
from api.reports.router import router as reports_router
from api.rounds import rounds
from api.sealed.retention import retention
from api.sealed.router import MOST_CLIP_BYTES
from api.sealed.router import router as sealed_router
from api.settings import Settings
from api.site.router import people as site_people_router
from api.site.router import router as site_router
from api.site.wiring import router as wiring_router
from api.suggestions.router import router as suggestions_router
from api.tickets.command_router import router as ticket_commands_router
from api.tickets.router import router as tickets_router
from api.town.duty_router import router as duty_router
from api.town.router import router as town_router
from api.troubles.router import router as troubles_router
from api.wall.router import router as wall_router
from api.whistles.router import router as whistles_router

PREFIX = "/api/v1"
_MEBIBYTE = 1024 * 1024
_DOMAINS = (
    session_router,
    second_factor_router,
    elsewhere_router,
    accounts_router,
    tokens_router,
    cameras_router,
    troubles_router,
    hazards_router,
    mutes_router,
    reports_router,
    points_router,
    public_router,
    tickets_router,
    ticket_commands_router,
    whistles_router,
    false_alarms_router,
    evidence_router,
    sealed_router,
    wall_router,
    site_people_router,
    site_router,
    wiring_router,
    suggestions_router,
    notify_router,
    events_router,
    looks_router,
    town_router,
    duty_router,
    ledger_router,
    colours_router,
    patrol_plans_router,
    patrols_router,
)
# Those with whole paths of their own.
_BESIDE = (open311_router, health_router, metrics_router)


unknown = APIRouter(include_in_schema=False)


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@unknown.api_route("/api", methods=_METHODS)
@unknown.api_route("/api/{path:path}", methods=_METHODS)
async def unknown_path(request: Request, path: str = "") -> None:
    others = [route for route in request.app.routes if route.matches(request.scope)[0] is Match.PARTIAL]
    if others:
        raise HTTPException(405, f"{request.method} is not among the methods of /api/{path[:200]}; see /openapi.json")
    raise NotFound(f"there is no /api/{path[:200]}; see /openapi.json")


def _operation_id(route: APIRoute) -> str:
    return route.name


def _version() -> str:
    try:
        return version("sanxun")
    except PackageNotFoundError:
        return "0+uninstalled"


def create_app(
    settings: Settings,
    clock: Clock | None = None,
    load_redactor: LoadRedactor = load_redactor,
    load_eye: LoadEye = load_eye,
) -> FastAPI:
    """The server as an ASGI application. It opens and migrates its database when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_house(settings, clock or Clock(), load_redactor, load_eye) as house:
            app.state.house = house
            async with retention(house), rounds(house):
                yield

    app = FastAPI(
        title="Sanxun",
        version=_version(),
        lifespan=lifespan,
        # Their pages load scripts from another host, which the content security policy forbids.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        responses=problems.responses(500),
    )
    problems.install(app)
    refused.install(app)
    faults.install(app)
    for router in _DOMAINS:
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(known_query)])
    for router in _BESIDE:
        app.include_router(router)
    app.include_router(unknown)
    front.install(app)
    larger = {f"{PREFIX}/events": 64 * _MEBIBYTE, f"{PREFIX}/worker/events/*/clip": MOST_CLIP_BYTES}
    larger |= {f"{PREFIX}/town/units": 64 * _MEBIBYTE}
    app.add_middleware(FastPolls, headers=PRIVATE)
    app.add_middleware(Idempotency)
    app.add_middleware(BodyLimit, most_bytes=16 * _MEBIBYTE, larger=larger)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestTimes)
    every = [(PREFIX, router) for router in _DOMAINS] + [("", router) for router in _BESIDE]
    openapi.install(app, every)
    return app


def from_environment() -> FastAPI:
    """For ``uvicorn --factory api.app:from_environment``: settings from ``SANXUN_…``."""
    return create_app(Settings())
