"""The same data folders as the tests of the API have."""

from __future__ import annotations

from tests.api.conftest import applied, applied_site, shared

__all__ = ["applied", "applied_site", "shared"]
