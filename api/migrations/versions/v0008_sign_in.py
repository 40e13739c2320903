"""Two-factor sign-in, sign-in elsewhere, lock-out, scopes of tokens, answers kept for repeated requests."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _added() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "account": (
            sa.Column("department", sa.String(length=64), nullable=True),
            sa.Column("totp_sealed", sa.Text(), nullable=True),
            sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
            sa.Column("totp_step", sa.BigInteger(), nullable=True),
            sa.Column("issuer", sa.String(length=255), nullable=True),
            sa.Column("subject", sa.String(length=255), nullable=True),
        ),
        "sign_in": (
            sa.Column("agent", sa.String(length=200), nullable=False, server_default=""),
            sa.Column("method", sa.String(length=16), nullable=False, server_default="password"),
        ),
        "service_token": (
            sa.Column("scopes", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("department", sa.String(length=64), nullable=True),
        ),
    }


def upgrade() -> None:
    # In place, without a batch: a batch makes the table anew, and on SQLite dropping the old account table empties
    # every table that refers to it.
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(op.f("ix_account_department"), "account", ["department"])
    op.create_index(op.f("ix_account_issuer"), "account", ["issuer", "subject"], unique=True)
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "code_sha256", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"])
    op.create_table(
        "sign_in_elsewhere",
        sa.Column("state_sha256", sa.String(length=64), nullable=False),
        sa.Column("browser_sha256", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name=op.f("pk_sign_in_elsewhere")),
    )
    op.create_index(op.f("ix_sign_in_elsewhere_expires_at"), "sign_in_elsewhere", ["expires_at"])
    op.create_table(
        "kept_answer",
        sa.Column("caller", sa.String(length=160), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_at"), "kept_answer", ["at"])


def downgrade() -> None:
    for table in ("kept_answer", "sign_in_elsewhere", "sign_in_failure", "recovery_code"):
        op.drop_table(table)
    op.drop_index(op.f("ix_account_issuer"), "account")
    op.drop_index(op.f("ix_account_department"), "account")
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
