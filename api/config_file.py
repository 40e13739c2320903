"""Where settings come from besides the environment: `sanxun.toml`, files that hold one secret each, and nothing else.

What is stronger stands first: command line, environment, secret files, configuration file, default.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from api.errors import ApiError

CONFIG_VARIABLE = "SANXUN_CONFIG"
CONFIG_NAME = "sanxun.toml"
_MOST_SECRET_BYTES = 64 * 1024
_SECRET_ENDS = ("_secret", "_password", "_token")


class WrongConfiguration(ApiError):
    """A configuration file that cannot be followed; the detail says where and what to do."""


def config_path(data: Path) -> Path | None:
    """The file that SANXUN_CONFIG names, or `sanxun.toml` of the data folder where there is one."""
    if named := os.environ.get(CONFIG_VARIABLE):
        path = Path(named)
        if not path.is_file():
            raise WrongConfiguration(f"{CONFIG_VARIABLE} names {path}, which is no file")
        return path
    path = data / CONFIG_NAME
    return path if path.is_file() else None


def read_config(path: Path, known: set[str]) -> dict[str, Any]:
    """The settings of a file. Raises `WrongConfiguration` for what is no TOML, unknown names, and secrets."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"{path}: {error}") from None
    except OSError as error:
        raise WrongConfiguration(f"{path} cannot be read: {error.strerror}") from None
    if unknown := sorted(set(found) - known):
        raise WrongConfiguration(f"{path}: there is no setting {unknown[0]!r}; docs/running.md lists them all")
    secrets = [name for name in found if name.endswith(_SECRET_ENDS)]
    if _has_password(found.get("database_url")):
        secrets.append("database_url")
    for name in secrets:
        raise WrongConfiguration(
            f"{path}: {name} holds a secret, and this file is no place for one; put it into a file of its own, "
            f"readable by the server alone, and name that: SANXUN_{name.upper()}_FILE=/etc/sanxun/{name}"
        )
    return found


def _has_password(url: object) -> bool:
    try:
        return isinstance(url, str) and make_url(url).password is not None
    except ArgumentError:
        return False


def read_secret(path: Path, variable: str) -> str:
    """What a secret file holds, without the end of its line. Raises `WrongConfiguration`."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_SECRET_BYTES)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise WrongConfiguration(f"{variable} names {path}, which cannot be read: {error.strerror}") from None
    if os.name != "nt" and mode & 0o007:
        raise WrongConfiguration(f"{path} holds a secret and everybody may read it: chmod 600 {path}")
    return content.decode("utf-8", "replace").strip()


class FileSource(PydanticBaseSettingsSource):
    """`sanxun.toml`; its place depends on the folder, which the command line or the environment gives."""

    def __init__(self, settings: type[BaseSettings], data: Path) -> None:
        super().__init__(settings)
        self._data = data

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        path = config_path(self._data)
        # The folder is where the file is looked for, so that the file cannot say it.
        return read_config(path, set(self.settings_cls.model_fields) - {"data"}) if path else {}


class SecretFileSource(PydanticBaseSettingsSource):
    """``SANXUN_<NAME>_FILE`` for every setting: for secrets, and what systemd or a container mounts as files."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"SANXUN_{field_name.upper()}_FILE"
        # Some settings are the name of a file themselves.
        named = None if field_name.endswith("_file") else os.environ.get(variable)
        return (read_secret(Path(named), variable) if named else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
