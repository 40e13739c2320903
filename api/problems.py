"""Turning errors into RFC 9457 answers, and telling OpenAPI which ones a route gives."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from api.errors import ApiError

log = logging.getLogger("sanxun.api")
MEDIA_TYPE = "application/problem+json"
_OF_FRAMEWORK = {kind.status: (kind.slug, kind.title) for kind in ApiError.__subclasses__()} | {
    405: ("method-not-allowed", "Not with this method")
}
# Values under these names are never repeated in an answer.
_SECRET = {
    "password",
    "url",
    "watch_url",
    "photo_jpeg",
    "still_jpeg",
    "token",
    "code",
    "current_password",
    "new_password",
}


class Problem(BaseModel):
    """An RFC 9457 problem document; some kinds carry further members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str


def problem_answer(
    request_path: str, status: int, slug: str, title: str, detail: str, headers: dict[str, str], **members: Any
) -> JSONResponse:
    content = {
        "type": f"urn:sanxun:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request_path,
        **members,
    }
    return JSONResponse(content, status, headers={**headers, "Cache-Control": "no-store"}, media_type=MEDIA_TYPE)


def answer_for(error: ApiError, path: str) -> JSONResponse:
    return problem_answer(path, error.status, error.slug, error.title, error.detail, error.headers, **error.members)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: problem documents for these statuses."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    known = {kind.status: kind.title for kind in ApiError.__subclasses__()}
    return {s: {"description": known.get(s, "Problem"), "content": {MEDIA_TYPE: schema}} for s in statuses}


def _place(location: tuple[int | str, ...]) -> str:
    """``("body", "events", 3, "xyxy")`` as ``events[3].xyxy``."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header", "cookie") else location
    text = ""
    for part in parts:
        if isinstance(part, str) and part.startswith("("):
            continue  # which shape of several was meant is no place in the body
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text or "(body)"


def _shown(error: dict[str, Any]) -> str:
    if _SECRET & {str(part) for part in error["loc"]}:
        return "(not shown)"
    value = error.get("input")
    # A whole object, or a body that was not even read as one, would repeat the secrets inside it.
    whole = len(error["loc"]) < 2 or not isinstance(value, str | int | float | None)
    text = type(value).__name__ if whole else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def faults(errors: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"at": _place(e["loc"]), "expected": e["msg"].removeprefix("Value error, "), "got": _shown(e)} for e in errors
    ]


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = faults([dict(e) for e in error.errors()])
    first = found[0]
    detail = f"{first['at']}: {first['expected']}, got {first['got']}"
    kind = request.headers.get("content-type", "nothing")
    if first["at"] == "(body)" and "json" not in kind:
        detail = f"the body must be JSON with Content-Type: application/json, got {kind[:60]}"
    elif len(found) > 1:
        detail += f" (and {len(found) - 1} more)"
    return problem_answer(request.url.path, 422, "unprocessable", "The content is wrong", detail, {}, errors=found[:20])


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return answer_for(error, request.url.path)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    slug, title = _OF_FRAMEWORK.get(error.status_code, ("http", str(error.detail)))
    return problem_answer(request.url.path, error.status_code, slug, title, str(error.detail), headers)


async def _stale(request: Request, error: Exception) -> Response:
    detail = "somebody else changed it at the same moment; read it again and decide anew"
    return problem_answer(request.url.path, 412, "version-changed", "It has changed meanwhile", detail, {})


async def unforeseen(request: Request, error: Exception) -> Response:
    log.error("unforeseen error in %s %s", request.method, request.url.path, exc_info=error)
    detail = "the fault is in the server's log; nothing of this request was kept"
    return problem_answer(request.url.path, 500, "internal", "The server failed", detail, {})


def install(app: FastAPI) -> None:
    app.add_exception_handler(ApiError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(StaleDataError, _stale)
    app.add_exception_handler(Exception, unforeseen)
