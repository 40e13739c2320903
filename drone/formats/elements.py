"""Elements of XML by their plain names, in whatever namespace: old files have Google's, others none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def all_of(element: Any, tag: str) -> Iterator[Any]:
    """Every element of that name, `element` itself and all below it."""
    return (found for found in element.iter() if isinstance(found.tag, str) and found.tag.rpartition("}")[2] == tag)


def text_of(element: Any, tag: str) -> str:
    """What the first of them holds, without blanks around it; empty where there is none."""
    return next(((found.text or "").strip() for found in all_of(element, tag)), "")
