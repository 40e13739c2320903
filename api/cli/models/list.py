"""`sanxun models list`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.models.describe import facts, paragraph
from api.cli.options import DataDir, Json, data_dir

if TYPE_CHECKING:
    from models.spec import Task


def list_models(data: DataDir = None, as_json: Json = False) -> None:
    """The weights that are here, the one used by default first."""
    from models.catalog import catalogue
    from models.spec import Task

    folder = data_dir(data)
    specs = catalogue(folder)
    if as_json:
        print(json.dumps([facts(spec) for spec in specs], ensure_ascii=False, indent=1))
    elif not specs:
        print("no weights are here: `sanxun models add FILE.onnx` takes your own")
    else:
        used = {task: _used(task, folder) for task in Task}
        print("\n\n".join(paragraph(spec, default=spec.name == used[spec.task]) for spec in specs))


def _used(task: Task, folder: Path) -> str | None:
    """The name of what is used when nobody says; None where nothing could be."""
    from models.catalog import find
    from models.errors import ModelError

    try:
        return find(None, folder, task).name
    except ModelError:
        return None
