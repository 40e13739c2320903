"""Where pictures are fetched from."""

from __future__ import annotations


def evidence_url(evidence_id: str | None) -> str | None:
    return f"/api/v1/evidence/{evidence_id}.jpg" if evidence_id else None
