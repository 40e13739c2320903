"""Shapes of sign-in."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.auth.roles import Role
from api.auth.service import Principal


class SignInRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)


class User(BaseModel):
    """`grids` empty means the whole site."""

    username: str
    name: str
    role: Role
    grids: list[str]

    @classmethod
    def of(cls, who: Principal) -> Self:
        return cls(username=who.username, name=who.name, role=who.role, grids=list(who.grids))


class SignedIn(BaseModel):
    user: User
