"""The OpenAPI document: what FastAPI finds, and what holds for every operation and so is said in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api import problems
from api.auth.principal import roles_of
from api.auth.roles import Role
from api.auth.scopes import scopes_of_tags
from api.kit.claims import HEADER

_PREFIX = "/api/v1/"
_NO_KEY = f"{_PREFIX}session"
_INVALID = 422  # FastAPI says by itself what this would look like, which is not how it looks here
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    "description": "Drawn anew for every new request; sent again with the same, it is done once.",
}


def install(app: FastAPI, routers: Sequence[tuple[str, APIRouter]]) -> None:
    """`routers` with the prefixes that they were included under: the application itself does not tell its routes."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), list(_routes(routers)))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def text_of(app: FastAPI) -> str:
    """The document as it is committed: keys in order, so that a change shows as what it is. Without the version,
    which differs between installations of one source."""
    document = json.loads(json.dumps(app.openapi()))
    document["info"]["version"] = "1"
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def scopes_of(app: FastAPI) -> frozenset[str]:
    """The scopes that a token can have: by the tags of operations that ask who is there."""
    operations = [operation for item in app.openapi()["paths"].values() for operation in item.values()]
    return scopes_of_tags(
        tag for operation in operations if "x-roles" in operation for tag in operation.get("tags", ())
    )


def _routes(routers: Sequence[tuple[str, APIRouter]]) -> Iterator[tuple[str, APIRoute]]:
    for prefix, router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield prefix + route.path_format, route


def _completed(document: dict[str, Any], routes: list[tuple[str, APIRoute]]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = problems.Problem.model_json_schema()
    for path, route in routes:
        for method in route.methods or ():
            _complete(document["paths"][path][method.lower()], method, path, route)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return document


def _complete(operation: dict[str, Any], method: str, path: str, route: APIRoute) -> None:
    if method == "POST" and not path.startswith(_NO_KEY):
        operation.setdefault("parameters", []).append(_KEY)
    roles = roles_of(route.dependant)
    if roles is not None:
        operation["x-roles"] = [role.value for role in Role if role in roles]
    answers = operation["responses"]
    for status in _statuses(operation, roles is not None, path.startswith(_PREFIX)):
        said = problems.responses(status)[status]
        # A route may have a way of its own to say it (Open311's lists); the door and the key say it as a problem.
        own = answers.get(str(status), {}).get("content", {})
        kept = {kind: one for kind, one in own.items() if status != _INVALID or kind != "application/json"}
        answers[str(status)] = {**said, "content": {**kept, **said["content"]}}


def _statuses(operation: dict[str, Any], has_door: bool, in_our_way: bool) -> Iterator[int]:
    """What every operation of its kind may answer."""
    given = {parameter["in"] for parameter in operation.get("parameters", [])}
    if has_door:
        yield from (401, 403)
    if "requestBody" in operation:
        yield from (400, 413)  # not even text; too long
    if in_our_way or given or "requestBody" in operation:
        yield _INVALID  # also for a query that it does not know
    if any(parameter["name"] == HEADER for parameter in operation.get("parameters", [])):
        yield from (400, 409)


def rights_text(document: dict[str, Any]) -> str:
    """Who may call what, as a table for people. Units narrow it further: see docs/sign-in.md."""
    lines = [
        "# Who may call what",
        "",
        "Written by `sanxun openapi --write` from the routes themselves; a test calls every route as every role, and",
        "as the neighbour grid's worker, and compares. `*` anybody, also without signing in. What a role may call",
        "shows it only its own units: see [sign-in](sign-in.md).",
        "",
        f"| operation | {' | '.join(role.value.replace('_', ' ') for role in Role)} |",
        f"|---|{':-:|' * len(Role)}",
    ]
    for path, item in sorted(document["paths"].items()):
        for method, operation in sorted(item.items()):
            roles = operation.get("x-roles")
            marks = ("*" if roles is None else "●" if role in roles else "" for role in Role)
            lines.append(f"| {method.upper()} {path.removeprefix('/api/v1')} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"
