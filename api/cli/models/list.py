"""`sanxun models list`."""

from __future__ import annotations

import json

from api.cli.models.describe import facts, paragraph
from api.cli.options import DataDir, Json, data_dir


def list_models(data: DataDir = None, as_json: Json = False) -> None:
    """The weights that are here, the one used by default first."""
    from models.catalog import catalogue, sees_anything

    specs = catalogue(data_dir(data))
    if as_json:
        print(json.dumps([facts(spec) for spec in specs], ensure_ascii=False, indent=1))
    elif not specs:
        print("no weights are here: `sanxun models add FILE.onnx` takes your own")
    else:
        best = next(filter(sees_anything, specs), None)
        print("\n\n".join(paragraph(spec, default=spec is best) for spec in specs))
