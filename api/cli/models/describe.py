"""A model in words and in fields."""

from __future__ import annotations

from typing import Any

from models.spec import ModelSpec


def facts(spec: ModelSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "path": str(spec.path),
        "task": spec.task.value,
        "head": spec.head.value,
        "classes": spec.classes,
        "input_hw": spec.input_hw,
        "bytes": spec.bytes,
        "sha256": spec.sha256,
        "licence": spec.licence,
        "provenance": spec.provenance,
        "accuracy": spec.accuracy,
    }


def paragraph(spec: ModelSpec, *, default: bool) -> str:
    height, width = spec.input_hw
    seen = sorted({found.label for found in spec.object_classes() if found is not None})
    measured = ", ".join(f"{key} {value:.3f}" for key, value in spec.accuracy.items()) or "not measured"
    return "\n".join(
        (
            f"{spec.name}{'  (used by default)' if default else ''}",
            f"  classes    {len(spec.classes)}; Sanxun looks for {', '.join(seen) or 'none of them'}",
            f"  input      {width}×{height} px, {spec.channel_order.upper()}, head {spec.head.value}",
            f"  size       {spec.bytes / 1e6:.1f} MB, sha256 {spec.sha256[:16]}…",
            f"  licence    {spec.licence}",
            f"  origin     {spec.provenance}",
            f"  accuracy   {measured}",
            f"  file       {spec.path}",
        )
    )
