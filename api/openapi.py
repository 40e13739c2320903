"""The OpenAPI document: what FastAPI finds, and what holds for every operation and so is said in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import problems
from api.auth.principal import roles_of
from api.auth.roles import Role
from api.kit.idempotency import HEADER

_NO_KEY = "/api/v1/session"
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    "description": "Drawn anew for every new request; sent again with the same, it is done once.",
}


def install(app: FastAPI) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def text_of(app: FastAPI) -> str:
    """The document as it is committed: keys in order, so that a change shows as what it is. Without the version,
    which differs between installations of one source."""
    document = json.loads(json.dumps(app.openapi()))
    document["info"]["version"] = "1"
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _completed(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = problems.Problem.model_json_schema()
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(document["paths"][route.path_format][method.lower()], method, route)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return document


def _complete(operation: dict[str, Any], method: str, route: APIRoute) -> None:
    if method == "POST" and not route.path_format.startswith(_NO_KEY):
        operation.setdefault("parameters", []).append(_KEY)
    roles = roles_of(route.dependant)
    if roles is not None:
        operation["x-roles"] = [role.value for role in Role if role in roles]
    answers = operation["responses"]
    for status in _statuses(operation, roles is not None, route):
        answers[str(status)] = problems.responses(status)[status]


def _statuses(operation: dict[str, Any], has_door: bool, route: APIRoute) -> Iterator[int]:
    """What every operation of its kind may answer."""
    given = {parameter["in"] for parameter in operation.get("parameters", [])}
    if has_door:
        yield from (401, 403)
    if "requestBody" in operation:
        yield 413
    if given or "requestBody" in operation:
        yield 422
    if any(parameter["name"] == HEADER for parameter in operation.get("parameters", [])):
        yield from (400, 409)
