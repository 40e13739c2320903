"""The servers of tests/api."""

from __future__ import annotations

from tests.api.conftest import applied, applied_site, mp4, passwords, served, shared  # noqa: F401 (fixtures)
