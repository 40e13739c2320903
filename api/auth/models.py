"""Tables of accounts, sessions and service tokens. Secrets are stored hashed, never themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class Account(Base):
    """A person. `grids` are unit ids of any level; empty means the whole site, or nothing for `UNITS_ONLY` roles.

    `password_hash` is empty for who signs in elsewhere only. `totp_sealed` is the enciphered shared secret, in force
    from `totp_since`; `totp_step` is the newest 30 s step whose code was used, so that none is used twice.
    """

    __tablename__ = "account"
    # An index, not a constraint: SQLite would have to make the table anew, which empties those that refer to it.
    __table_args__ = (Index("ix_account_issuer", "issuer", "subject", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(32))
    grids: Mapped[list[str]] = mapped_column(JSON)
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    department: Mapped[str | None] = mapped_column(String(64), index=True)
    totp_sealed: Mapped[str | None] = mapped_column(Text)
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    issuer: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))


class RecoveryCode(Base):
    """A code for the day the phone is lost; its row goes with its use."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)


class SignInFailure(Base):
    """Failures in a row for a name, whether or not there is such an account: the answer must not tell."""

    __tablename__ = "sign_in_failure"

    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInElsewhere(Base):
    """A visitor who was sent to the identity provider and has not come back yet; used once."""

    __tablename__ = "sign_in_elsewhere"

    state_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_sha256: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SignIn(Base):
    """A session: `secret_sha256` is the hash of what the cookie holds. `agent` is the browser's own name for itself."""

    __tablename__ = "sign_in"

    secret_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    agent: Mapped[str] = mapped_column(String(200), default="")
    method: Mapped[str] = mapped_column(String(16), default="password")


class ServiceToken(Base):
    """A bearer token for a program. `scopes` empty means all that its role may."""

    __tablename__ = "service_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(32))
    grids: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    department: Mapped[str | None] = mapped_column(String(64))


class KeptAnswer(Base):
    """The answer to a request that carried an Idempotency-Key. `status` 0: the request is being worked on."""

    __tablename__ = "kept_answer"

    caller: Mapped[str] = mapped_column(String(160), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
