"""Shapes of the administration of accounts and tokens."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.auth.models import Account, ServiceToken
from api.auth.roles import Role
from api.kit.moment import Moment

Units = Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=2000)]
Name = Annotated[str, Field(max_length=128)]
Department = Annotated[str, Field(min_length=1, max_length=64)]


class AccountOut(BaseModel):
    """`grids` are units of any level; `elsewhere`: signs in with the town's identity provider."""

    username: str
    name: str
    role: Role
    grids: list[str]
    department: str | None
    created_at: Moment
    disabled_at: Moment | None
    second_factor: bool
    elsewhere: bool

    @classmethod
    def of(cls, row: Account) -> Self:
        return cls(
            username=row.username,
            name=row.name,
            role=Role(row.role),
            grids=list(row.grids),
            department=row.department,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            second_factor=row.totp_since is not None,
            elsewhere=row.subject is not None,
        )


class Accounts(BaseModel):
    items: list[AccountOut]
    next: str | None


class NewAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    role: Role
    name: Name = ""
    grids: Units = []
    department: Department | None = None


class AccountMade(BaseModel):
    """`password` is generated and shown this once."""

    account: AccountOut
    password: str


class AccountChange(BaseModel):
    """What is left out stays as it is. `disabled` true signs the account out everywhere and keeps it out."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    role: Role | None = None
    grids: Units | None = None
    department: Annotated[str, Field(max_length=64, description="Empty: none.")] | None = None
    disabled: bool | None = None


class PasswordMade(BaseModel):
    password: str


class NewToken(BaseModel):
    """`scopes` empty: all that the role may. Without `days` it lasts until it is revoked; 0.001 days are 86 seconds."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role
    grids: Units = []
    scopes: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = []
    days: Annotated[float, Field(ge=0.001, le=3650)] | None = None
    department: Department | None = None


class TokenOut(BaseModel):
    id: int
    name: str
    role: Role
    grids: list[str]
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None

    @classmethod
    def of(cls, row: ServiceToken) -> Self:
        return cls(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            grids=list(row.grids),
            scopes=list(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )


class Tokens(BaseModel):
    items: list[TokenOut]
    next: str | None


class TokenMade(BaseModel):
    """`secret` is shown this once; only its hash is kept."""

    token: TokenOut
    secret: str
