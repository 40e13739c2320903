"""Answers of GeoReport v2 as JSON and as XML, from the same values. Source: wiki.open311.org/GeoReport_v2."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree

from fastapi import Response

from api.errors import ApiError

Value = str | int | float | bool | None
# XML 1.0 has no way at all to write these.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Names:
    """The words for a list and for one of it in XML: ``services`` and ``service``."""

    many: str
    one: str


SERVICES = Names("services", "service")
REQUESTS = Names("service_requests", "request")
ERRORS = Names("errors", "error")


def answer(form: Format, names: Names, items: Sequence[Mapping[str, object]], status: int = 200) -> Response:
    if form is Format.JSON:
        return Response(json.dumps(list(items), ensure_ascii=False), status, media_type="application/json")
    root = ElementTree.Element(names.many)
    for item in items:
        _put(ElementTree.SubElement(root, names.one), item)
    return _xml(root, status)


def one(form: Format, name: str, item: Mapping[str, object]) -> Response:
    """A single thing, such as a discovery document."""
    if form is Format.JSON:
        return Response(json.dumps(item, ensure_ascii=False), media_type="application/json")
    root = ElementTree.Element(name)
    _put(root, item)
    return _xml(root, 200)


def failed(form: Format, error: ApiError) -> Response:
    """An error the way GeoReport v2 has it: a list of code and description. What it has no code for is a 400."""
    status = error.status if error.status in (400, 403, 404, 413, 429, 503) else {401: 403}.get(error.status, 400)
    found = answer(form, ERRORS, [{"code": status, "description": error.detail}], status)
    found.headers.update({name: value for name, value in error.headers.items() if name == "Retry-After"})
    return found


def _xml(root: ElementTree.Element, status: int) -> Response:
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="text/xml; charset=utf-8")


def _put(parent: ElementTree.Element, item: Mapping[str, object]) -> None:
    for name, value in item.items():
        _fill(ElementTree.SubElement(parent, name), value)


def _fill(element: ElementTree.Element, value: object) -> None:
    if isinstance(value, Mapping):
        _put(element, value)
    elif isinstance(value, list):
        for each in value:
            _fill(ElementTree.SubElement(element, element.tag.removesuffix("s")), each)
    elif value is not None:
        element.text = _NOT_IN_XML.sub("", str(value).lower() if isinstance(value, bool) else str(value))
