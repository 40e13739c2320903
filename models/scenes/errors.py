"""Errors of the renderer."""

from __future__ import annotations

from models.errors import ModelError


class BadScene(ModelError):
    """A scene is described in a way that cannot be rendered; the message says what was expected."""
