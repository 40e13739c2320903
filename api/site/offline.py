"""The stored site for commands: read and written on the database of a data folder, also while a server runs on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from api.house import offline
from api.site.repository import load_site
from api.site.service import SiteChanges, apply_site
from api.site.service import approve_wiring as approve
from streams.site import Site


async def _read(data: Path) -> Site:
    async with offline(data) as database, database.reading() as session:
        return await load_site(session)


async def _write(data: Path, site: Site) -> SiteChanges:
    async with offline(data) as database, database.writing() as session:
        return await apply_site(session, site)


async def _approve(data: Path, camera: str, zone: str) -> int:
    async with offline(data) as database, database.writing() as session:
        return await approve(session, camera, zone)


def approve_wiring(data: Path, camera: str, zone: str) -> int:
    """The wires that hang in a zone now are right; workers take them for the baseline. Raises `BadSite`."""
    return asyncio.run(_approve(data, camera, zone))


def read_site(data: Path) -> Site:
    """The whole site, camera URLs with their credentials."""
    return asyncio.run(_read(data))


def write_site(data: Path, site: Site) -> SiteChanges:
    """Make the stored site equal to `site`; workers pick it up at their next poll. Raises `BadSite`."""
    return asyncio.run(_write(data, site))
