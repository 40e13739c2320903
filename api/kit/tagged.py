"""One document that is read and written as a whole: its ETag goes out, If-None-Match and If-Match come in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel

from api.kit.etag import body_tag, matches

# An answer is for who asked: no shared cache may hand it to another.
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged"}}
IfMatch = Annotated[str | None, Header(description="The ETag of what was read, which this overwrites.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag of what the caller has already.")]


def tag_of(document: BaseModel) -> str:
    return body_tag(document.model_dump_json().encode())


def answer_document(document: BaseModel, if_none_match: str | None, tag: str | None = None) -> Response:
    """The document under its tag, or 304 where the caller has it. `tag` where it is not that of the JSON alone."""
    tag = tag or tag_of(document)
    headers = {**PRIVATE, "ETag": tag}
    if matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(document.model_dump_json(), media_type="application/json", headers=headers)
