"""Errors of the renderer."""

from __future__ import annotations


class BadScene(ValueError):
    """A scene is described in a way that cannot be rendered; the message says what was expected."""
