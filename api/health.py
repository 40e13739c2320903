"""Whether the server lives, and whether it can do its work: for supervisors, proxies and people who look."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from sqlalchemy import text

from api.db.migrate import newest_revision
from api.house import House, house_of
from api.sealed.keys import NoKey

log = logging.getLogger("sanxun.api")
router = APIRouter(tags=["server"])
_PATIENCE_S = 3.0


class Health(BaseModel):
    status: str


class Readiness(BaseModel):
    """`checks` says of each part ``ok`` or what is wrong with it; the server's log says more."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str]


@router.get("/healthz")
async def health(house: Annotated[House, Depends(house_of)]) -> Health:
    """Whether the process answers. It says nothing about the database: to start the server again heals no database."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Readiness, "description": "something it needs is missing"}})
async def readiness(house: Annotated[House, Depends(house_of)], response: Response) -> Readiness:
    """Whether requests can be served: a proxy sends none here while this answers 503."""
    checks = {
        "database": await _database(house),
        "evidence": await asyncio.to_thread(_folder, house),
        "seal_key": await asyncio.to_thread(_seal_key, house),
    }
    ready = all(word == "ok" for word in checks.values())
    # A full disk stops clips, not events: it is said, and no reason to be sent nothing.
    checks["disk"] = await asyncio.to_thread(_disk, house)
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="ready" if ready else "not ready", checks=checks)


async def _database(house: House) -> str:
    try:
        async with asyncio.timeout(_PATIENCE_S), house.database.glancing() as session:
            found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except Exception as error:
        log.warning("not ready: the database does not answer: %s", error)
        return "does not answer"
    return "ok" if found == newest_revision() else f"is at schema {found}, this program needs {newest_revision()}"


def _folder(house: House) -> str:
    return "ok" if os.access(house.settings.data, os.W_OK) else "the data folder cannot be written"


def _seal_key(house: House) -> str:
    try:
        house.sealed.keys.all()
    except NoKey as error:
        log.warning("not ready: %s", error)
        return "the key file of sealed originals cannot be used"
    return "ok"


def _disk(house: House) -> str:
    free_gb = shutil.disk_usage(house.settings.data).free / 1e9
    return "ok" if free_gb >= house.settings.clips_keep_free_gb else f"nearly full: {free_gb:.1f} GB free"
