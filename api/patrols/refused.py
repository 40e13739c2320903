"""A plan that breaks a rule is refused with each place: in words, or drawn for whoever asks for a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from api.errors import Unprocessable
from api.problems import MEDIA_TYPE, answer_for, responses
from drone.check.terms import Rules, Verdict
from drone.formats.svg import to_svg
from drone.types import PatrolPlan

SVG = "image/svg+xml"


class PlanRefused(Unprocessable):
    """`errors` has every broken rule of all flights, in the order in which the picture numbers them."""

    def __init__(self, plans: Sequence[PatrolPlan], rules: Rules, verdicts: Sequence[Verdict]) -> None:
        plan, first = next((plan, one) for plan, one in zip(plans, verdicts, strict=True) if not one.ok)
        each = [
            {**asdict(one), "plan": plan.name}
            for plan, verdict in zip(plans, verdicts, strict=True)
            for one in verdict.broken
        ]
        super().__init__(f"{plan.name} {first.told}; the first: {first.broken[0].detail}", each)
        self._drawn = plans, rules, verdicts

    def svg(self) -> str:
        """All flights with every broken rule numbered at its place, as `patrol plan --plot` draws them."""
        return to_svg(*self._drawn)


def refuse_broken(plans: Sequence[PatrolPlan], rules: Rules, verdicts: Sequence[Verdict]) -> None:
    """Raises `PlanRefused` where one of them breaks a rule."""
    if not all(verdict.ok for verdict in verdicts):
        raise PlanRefused(plans, rules, verdicts)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that refuses plans: as `problems.responses`, and the picture."""
    found = responses(*statuses, 422)
    found[422]["content"][SVG] = {"schema": {"type": "string"}}
    return found


def install(app: FastAPI) -> None:
    app.add_exception_handler(PlanRefused, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlanRefused)
    error.headers = {"Vary": "Accept"}
    if not _wants_picture(request.headers.get("accept", "")):
        return answer_for(error, request.url.path)
    picture = await asyncio.to_thread(error.svg)
    return Response(picture, error.status, {**error.headers, "Cache-Control": "no-store"}, media_type=SVG)


def _wants_picture(accept: str) -> bool:
    """Whether SVG is named, and JSON is not wanted as much (RFC 9110, 12.5.1)."""
    wanted = dict(_weighed(part) for part in accept.lower().split(","))
    return wanted.get(SVG, 0.0) > max(wanted.get(kind, 0.0) for kind in (MEDIA_TYPE, "application/json"))


def _weighed(part: str) -> tuple[str, float]:
    kind, *parameters = (one.strip() for one in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0
