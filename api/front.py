"""The pages: plain files of the package."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from api.errors import NotFound

PAGES = Path(__file__).resolve().parent / "pages"
router = APIRouter(include_in_schema=False)


def _page(name: str) -> FileResponse:
    path = PAGES / name
    if not path.is_file():
        raise NotFound(f"this build has no {name}")
    # Always asked anew: an upgrade must not meet an old page in a cache.
    return FileResponse(path, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/")
async def wall_page() -> FileResponse:
    return _page("wall.html")


@router.get("/phone")
async def phone_page() -> FileResponse:
    return _page("phone.html")


@router.get("/report")
async def report_page() -> FileResponse:
    """The one page that may ask a phone where it is: once, when a person presses for it."""
    found = _page("report.html")
    found.headers["Permissions-Policy"] = "geolocation=(self), microphone=(), camera=(self)"
    return found


@router.get("/account")
@router.get("/calls")
@router.get("/ledger")
@router.get("/mutes")
@router.get("/town")
async def desk_page() -> FileResponse:
    """One page of five parts: its script shows the part that the address names."""
    return _page("desk.html")


class _Fresh(StaticFiles):
    def file_response(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        response = super().file_response(*args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def install(app: FastAPI) -> None:
    app.include_router(router)
    app.mount("/static", _Fresh(directory=PAGES, check_dir=False), name="static")
