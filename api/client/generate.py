"""Writes `schemas.py` and `operations.py` from the OpenAPI document: `sanxun openapi --write`."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from typing import Any

_HEAD = '''"""{what} Written by `sanxun openapi --write` from docs/openapi.json: not to be edited."""

# fmt: off

from __future__ import annotations

'''
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
# The transport's own business.
_NOT_ASKED = {"if-none-match", "idempotency-key"}


def class_name(name: str) -> str:
    """Of two models of one name, FastAPI gives the modules as well: ``api__town__units__Source``."""
    *modules, last = name.removeprefix("api__").split("__")
    return "".join(part.capitalize() for part in modules) + re.sub(r"\W", "_", last)


def type_of(schema: dict[str, Any]) -> str:
    """The Python type of a JSON schema; what has no narrower one is Any."""
    if "$ref" in schema:
        return class_name(schema["$ref"].rsplit("/", 1)[1])
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(repr(value) for value in values)}]"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(type_of(one) for one in schema[several])) or "Any"
    kind = schema.get("type")
    if kind == "array":
        return f"list[{type_of(schema['items'])}]" if isinstance(schema.get("items"), dict) else "list[Any]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {type_of(values)}]" if isinstance(values, dict) and values else "dict[str, Any]"
    return _PLAIN.get(str(kind), "Any")


def schemas_text(document: dict[str, Any]) -> str:
    """TypedDicts of the objects, aliases of the rest."""
    lines = ["from typing import Any, Literal, NotRequired, TypedDict\n\n"]
    found = document["components"]["schemas"]
    for name in sorted(found):
        schema = found[name]
        if schema.get("type") == "object" and "properties" in schema:
            lines.append(_typed_dict(class_name(name), schema))
        else:
            lines.append(f"{class_name(name)} = {_quoted(type_of(schema))}\n\n")
    return _HEAD.format(what="What goes over the wire.") + "".join(lines).rstrip() + "\n"


def _quoted(kind: str) -> str:
    # An alias is evaluated at once, and may name what comes later.
    return kind if kind.startswith("Literal") or kind in ("Any", "str", "int", "float") else f"'{kind}'"


def _typed_dict(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    fields = {key: type_of(value) for key, value in schema["properties"].items()}
    shown = {key: kind if key in required else f"NotRequired[{kind}]" for key, kind in fields.items()}
    if any(not key.isidentifier() or keyword.iskeyword(key) for key in shown):
        inside = ", ".join(f"{key!r}: '{kind}'" for key, kind in shown.items())
        return f"{name} = TypedDict({name!r}, {{{inside}}})\n\n"
    body = "".join(f"    {key}: {kind}\n" for key, kind in shown.items()) or "    pass\n"
    return f"class {name}(TypedDict):\n{body}\n\n"


def operations_text(document: dict[str, Any]) -> str:
    """One method per operation, by its operationId."""
    methods = sorted(
        (operation["operationId"], _method(method.upper(), path, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )
    names = ", ".join(sorted({class_name(name) for name in document["components"]["schemas"]}))
    head = (
        "from typing import Any, Literal, cast\nfrom urllib.parse import quote\n\n"
        f"from api.client.schemas import {names}\nfrom api.client.transport import Transport\n\n\n"
        "class Operations(Transport):\n"
    )
    text = head + "\n".join(text for _, text in methods)
    return _HEAD.format(what="The operations of the API.") + text.rstrip() + "\n"


def _method(method: str, path: str, operation: dict[str, Any]) -> str:
    given = [one for one in operation.get("parameters", []) if one["name"].lower() not in _NOT_ASKED]
    body, media_type = _body(operation)
    arguments = [*_arguments(given), *([body] if body else [])]
    arguments.sort(key=lambda argument: "=" in argument)
    result, parts = _result(operation), [repr(method), _path(path, given)]
    for place, keyword_name in (("query", "query"), ("header", "headers")):
        named = [one for one in given if one["in"] == place]
        if named:
            inside = ", ".join(f"{one['name']!r}: {_argument(one['name'])}" for one in named)
            parts.append(f"{keyword_name}={{{inside}}}")
    if body:
        parts.append("body=body" if media_type == "application/json" else f"content=content, media_type={media_type!r}")
    call = f"self.call({', '.join(parts)})"
    returned = f"return cast({result!r}, {call})" if result not in ("None", "Any") else call
    if result == "Any":
        returned = f"return {call}"
    told = operation.get("description") or operation.get("summary", "")
    first = told.strip().split("\n")[0].replace('"', "'").replace("\\", "")
    signature = f"self, *, {', '.join(arguments)}" if arguments else "self"
    name = operation["operationId"]
    return f'    def {name}({signature}) -> {result}:\n        """{first} {method} {path}"""\n        {returned}\n'


def _argument(name: str) -> str:
    plain = re.sub(r"\W", "_", name.lower())
    return plain + "_" if keyword.iskeyword(plain) else plain


def _arguments(given: list[dict[str, Any]]) -> Iterator[str]:
    for one in given:
        kind = type_of(one.get("schema", {}))
        if one["in"] == "header" and kind not in ("str", "str | None"):
            kind = "str"
        if one.get("required"):
            yield f"{_argument(one['name'])}: {kind}"
        else:
            yield f"{_argument(one['name'])}: {kind if 'None' in kind.split(' | ') else kind + ' | None'} = None"


def _path(path: str, given: list[dict[str, Any]]) -> str:
    if "{" not in path:
        return repr(path)
    inside = re.sub(r"{(\w+)}", lambda found: "{quote(str(" + _argument(found[1]) + "), safe='')}", path)
    return "f" + json.dumps(inside)


def _body(operation: dict[str, Any]) -> tuple[str, str]:
    """The argument that the body is given by, and its media type."""
    if "requestBody" not in operation:
        return "", ""
    content = operation["requestBody"]["content"]
    needed = operation["requestBody"].get("required", False)
    if "application/json" in content:
        kind = type_of(content["application/json"].get("schema", {}))
        return (f"body: {kind}" if needed else f"body: {_or_none(kind)} = None"), "application/json"
    media_type = next(iter(content))
    return ("content: bytes" if needed else "content: bytes | None = None"), media_type


def _or_none(kind: str) -> str:
    return kind if "None" in kind.split(" | ") else f"{kind} | None"


def _result(operation: dict[str, Any]) -> str:
    for status, answer in sorted(operation["responses"].items()):
        if status.startswith("2"):
            content = answer.get("content", {})
            if "application/json" in content:
                return type_of(content["application/json"].get("schema", {}))
            return "bytes" if content else "None"
    return "None"
