"""Shapes of sign-in, sessions and second factors."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from api.auth.models import SignIn
from api.auth.repository import SESSION_ID_LENGTH
from api.auth.roles import Role
from api.auth.service import Principal
from api.kit.moment import Moment

Password = Annotated[str, Field(min_length=1, max_length=1024)]
Code = Annotated[str, Field(min_length=1, max_length=32, description="Six digits of the app, or a recovery code.")]


class Secretive(BaseModel):
    """A body with secrets in it: a fault in it is told without them."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SignInRequest(Secretive):
    username: str = Field(min_length=1, max_length=64)
    password: Password
    code: Code | None = None


class User(BaseModel):
    """`grids` are units of any level; empty means the whole site, or nothing for volunteers and property managers.

    `enrol`: nothing else is allowed before a second factor has been enrolled."""

    username: str
    name: str
    role: Role
    grids: list[str]
    department: str | None = None
    enrol: bool = False

    @classmethod
    def of(cls, who: Principal) -> Self:
        return cls(
            username=who.username,
            name=who.name,
            role=who.role,
            grids=list(who.grids),
            department=who.department,
            enrol=who.must_enrol,
        )


class SignedIn(BaseModel):
    user: User


class Elsewhere(BaseModel):
    """The town's own identity provider, as the sign-in form offers it."""

    name: str
    href: str


class Ways(BaseModel):
    """How one can sign in here."""

    password: bool = True
    elsewhere: Elsewhere | None


class Session(BaseModel):
    """A place where somebody is signed in. Where and when it is used is not kept."""

    id: str
    began_at: Moment
    expires_at: Moment
    agent: str
    method: Literal["password", "totp", "elsewhere"]
    this: bool

    @classmethod
    def of(cls, row: SignIn, own: str | None) -> Self:
        public = row.secret_sha256[:SESSION_ID_LENGTH]
        return cls.model_validate(
            {
                "id": public,
                "began_at": row.created_at,
                "expires_at": row.expires_at,
                "agent": row.agent,
                "method": row.method,
                "this": public == own,
            }
        )


class Sessions(BaseModel):
    items: list[Session]


class NewPassword(Secretive):
    current_password: Password
    new_password: Annotated[str, Field(min_length=10, max_length=1024)]


class SecondFactorState(BaseModel):
    in_force_since: Moment | None
    recovery_codes_left: int


class EnrolRequest(Secretive):
    """`password` is the account's own; left out by who signs in elsewhere only."""

    password: Password | None = None


class EnrolmentOut(BaseModel):
    """Shown once: into the authenticator app by the QR code of `uri`, an SVG document, or typed as `secret`."""

    secret: str
    uri: str
    qr_svg: str


class CodeRequest(Secretive):
    code: Code


class RecoveryCodes(BaseModel):
    """Shown once. Each works once, in place of the app's six digits."""

    codes: list[str]
