"""Tables of the site. Settings that no query needs live in `settings`: a new one needs no migration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base


class SiteRow(Base):
    """One row. `revision` grows with every change; `instance` tells this database from one that replaced it."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column()
    instance: Mapped[str] = mapped_column(String(32))


class CameraRow(Base):
    """`lon`, `lat` are in `datum`, as given; `wgs84_lon`, `wgs84_lat` and `grid` follow from them when applied."""

    __tablename__ = "camera"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    lon: Mapped[float | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    datum: Mapped[str] = mapped_column(String(16))
    enabled: Mapped[bool] = mapped_column()
    wgs84_lon: Mapped[float | None] = mapped_column()
    wgs84_lat: Mapped[float | None] = mapped_column()
    grid: Mapped[str | None] = mapped_column(String(64), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class ZoneRow(Base):
    __tablename__ = "zone"

    camera: Mapped[str] = mapped_column(ForeignKey("camera.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    polygon: Mapped[list[list[float]]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class GridRow(Base):
    __tablename__ = "grid"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    datum: Mapped[str] = mapped_column(String(16))
    polygon: Mapped[list[list[float]]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
