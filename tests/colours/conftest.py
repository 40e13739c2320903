"""The servers of tests/api."""

from __future__ import annotations

from tests.api.conftest import applied, applied_site, served, shared  # noqa: F401 (fixtures)
