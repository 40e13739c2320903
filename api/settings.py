"""Settings of the server: read once in main, from `sanxun.toml` and the environment (``SANXUN_…``), passed down as a
value. docs/running.md lists them; a test keeps it complete."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api.auth.roles import PEOPLE, Role
from api.config_file import FileSource, SecretFileSource, WrongConfiguration
from api.hazards.kinds import Kind


def default_data_dir() -> Path:
    """Where state goes when neither --data nor SANXUN_DATA says so."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "sanxun"


class Settings(BaseSettings):
    """Every field can be set as ``SANXUN_<NAME>``, the folder as ``SANXUN_DATA``."""

    model_config = SettingsConfigDict(env_prefix="SANXUN_", extra="forbid", frozen=True, populate_by_name=True)

    data: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the database and the evidence; servers on one PostgreSQL share it.",
    )
    database_url: str | None = Field(
        default=None,
        description="postgresql://USER:PASSWORD@HOST/NAME; without it, SQLite: sanxun.db in the data folder.",
        repr=False,
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to bind to. The default answers this machine alone; 0.0.0.0 answers every network.",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    tls_cert: Path | None = Field(
        default=None,
        description="PEM file of the server's certificate and its chain: then it speaks HTTPS, and only that.",
    )
    tls_key: Path | None = Field(
        default=None, description="PEM file of the certificate's private key, readable by the server alone."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed. Empty: nobody's, or anybody could forge an address to get round the sign-in limit.",
    )
    log_format: Literal["plain", "json"] = Field(
        default="plain", description="json writes one object a line, for a collector."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug tells more than it helps, and slows the server."
    )
    migrate_on_start: bool = Field(
        default=True,
        description="Bring the database to this program's schema at start; otherwise refuse to start on an older one.",
    )
    seal_key_file: Path | None = Field(
        default=None,
        description="File of the keys that sealed originals are encrypted with; without it, seal.keys in the data "
        "folder, where a thief of the folder has it too. Lost keys are lost originals.",
    )
    session_hours: float = Field(
        default=12,
        gt=0,
        le=24 * 30,
        description="Longer asks for fewer sign-ins, and leaves a lost phone open longer.",
    )
    sign_in_failures: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Failures for one name from one address in five minutes before it must wait.",
    )
    lock_after_failures: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Failures in a row for a name, from anywhere, that lock it; fewer let pranksters lock others out.",
    )
    lock_minutes: float = Field(
        default=15,
        gt=0,
        le=24 * 60,
        description="How long a name stays locked; an administrator can end it sooner.",
    )
    second_factor_for: tuple[Role, ...] = Field(
        default=(),
        description='Roles that may do nothing before they have enrolled a second factor: ["administrator"].',
    )
    sign_in_key_file: Path | None = Field(
        default=None,
        description="Key that second factors are sealed with; without it, sign-in.key in the data folder.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+$",
        description="How browsers reach this server, such as https://sanxun.town.example; needed behind a proxy.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer address of the town's OpenID Connect provider; without it there are passwords only.",
    )
    oidc_client_id: str = Field(default="sanxun", description="What the provider knows this server as.")
    oidc_client_secret: str | None = Field(
        default=None, repr=False, description="Shared with the provider; without it the code exchange rests on PKCE."
    )
    oidc_name: str = Field(
        default="统一身份认证", max_length=64, description="What the sign-in button calls the provider."
    )
    oidc_scopes: str = Field(
        default="openid profile", pattern=r"^openid( |$)", description="What is asked of the provider."
    )
    oidc_role_claim: str = Field(
        default="roles", description="The claim that holds roles or groups; realm_access.roles goes into objects."
    )
    oidc_roles: dict[str, Role] = Field(
        default={},
        description='Their role → ours, as JSON: {"grid": "grid_worker"}. Of several, the first here that one has.',
    )
    oidc_unit_claim: str = Field(default="units", description="The claim that holds unit ids; empty: none does.")
    oidc_units: dict[str, str] = Field(
        default={},
        description="Their name of a unit → our unit id; those not named are taken as they are.",
    )
    oidc_department_claim: str = Field(
        default="department", description="The claim that holds the department's id; empty: none does."
    )
    health_silence_s: float = Field(
        default=10,
        gt=2,
        le=600,
        description="A worker silent for so long makes its cameras unknown; it reports every 2 s.",
    )

    retention_days: float = Field(
        default=30,
        gt=0,
        le=3650,
        description="Clips, and pictures of closed tickets, are deleted after so many days; a law may set the least.",
    )
    retention_days_by_hazard: dict[Kind, Annotated[float, Field(gt=0, le=3650)]] = Field(
        default={},
        description='Another time for some kinds of hazard, as JSON: {"wiring": 90}.',
    )
    clips_keep_free_gb: float = Field(
        default=2,
        ge=0,
        le=100_000,
        description="With less of the disk free no clip is taken: it waits at its worker, and events have the room.",
    )
    retention_every_s: float = Field(
        default=3600,
        gt=0,
        le=86_400,
        description="How often what is overdue is deleted; less often deletes later.",
    )

    terrain: Path | None = Field(
        default=None,
        description="Folder of SRTM .hgt tiles: patrols are then planned and checked above this ground. Without it "
        "heights count above home, and a plan that flies into a hill is not found out.",
    )

    plate_weights: Path | None = Field(
        default=None,
        description="ONNX file of a YOLOv8-shaped plate detector: plates in every picture that is kept are made "
        "unreadable. It runs up to five times a picture, so events with pictures come in more slowly.",
    )
    face_weights: Path | None = Field(
        default=None,
        description="ONNX file of YuNet: faces are made unrecognisable too, beside the heads of persons, which always "
        "are. It runs once a picture.",
    )

    view_record_days: float = Field(
        default=365,
        ge=1,
        le=3650,
        description="How long it stays on record who looked at which picture.",
    )

    def __init__(self, **given: Any) -> None:
        """Raises `WrongConfiguration`, which names settings and never repeats a value."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            place = "the setting " + ".".join(map(str, fault["loc"])) if fault["loc"] else "the settings together"
            raise WrongConfiguration(f"{place} cannot be used: {fault['msg']}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = init_settings().get("data") or os.environ.get("SANXUN_DATA") or default_data_dir()
        return init_settings, env_settings, SecretFileSource(settings_cls), FileSource(settings_cls, Path(folder))

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("tls_cert and tls_key go together: a certificate serves nobody without its key")
        return self

    @field_validator("oidc_roles")
    @classmethod
    def _roles_of_people(cls, given: dict[str, Role]) -> dict[str, Role]:
        if programs := sorted(role for role in given.values() if role not in PEOPLE):
            raise ValueError(f"{programs[0]} is a program's role: whoever signs in is a person")
        return given

    @property
    def seal_keys(self) -> Path:
        return self.seal_key_file or self.data / "seal.keys"

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'sanxun.db'}"
