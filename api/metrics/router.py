"""`/metrics`, for Prometheus with a token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.auth.principal import may
from api.auth.roles import Role
from api.auth.service import Principal
from api.cameras.health import CameraState
from api.hazards import repository as hazards
from api.house import House, house_of
from api.kit.scope import WHOLE_SITE
from api.problems import responses
from api.site import repository as site
from api.tickets import repository as tickets

router = APIRouter(tags=["server"])


@router.get("/metrics", responses=responses(401, 403), response_class=Response)
async def metrics(
    who: Annotated[Principal, may(Role.ADMINISTRATOR, Role.METRICS)], house: Annotated[House, Depends(house_of)]
) -> Response:
    """The server's figures as Prometheus text (see docs/metrics.md). Always with a token, from this machine too: what
    a proxy on the same machine passes on looks like it."""
    async with house.database.reading() as session:
        by_state = await tickets.count_by_state(session, WHOLE_SITE)
        open_hazards = await hazards.count_open(session)
        cameras = await site.cameras(session, WHOLE_SITE)
    states = Counter({state.value: 0 for state in CameraState})
    for camera in cameras:
        health = house.health.of(camera.id)
        state = health.state if health else CameraState.UNKNOWN
        states[(state if camera.enabled else CameraState.DISABLED).value] += 1
    families = _families({state.value: n for state, n in by_state.items()}, open_hazards, states)
    return Response(house.metrics.exposition(families), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _families(
    by_state: Mapping[str, int], open_hazards: Mapping[str, int], cameras: Mapping[str, int]
) -> Iterator[Metric]:
    yield _gauge("sanxun_tickets", "Tickets by where they stand.", "state", by_state)
    yield _gauge("sanxun_hazards_open", "Hazards that are there now.", "hazard", open_hazards)
    yield _gauge("sanxun_cameras", "Cameras by their state.", "state", cameras)


def _gauge(name: str, help_text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=(label,))
    for value, count in values.items():
        family.add_metric((str(value),), count)
    return family
