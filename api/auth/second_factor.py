"""The second factor of accounts: enrolling it, checking it, taking it away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import totp
from api.auth.models import Account, RecoveryCode
from api.auth.vault import Vault
from api.errors import WrongState


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Shown once: the shared secret, and the same as the address inside a QR code."""

    secret: str
    uri: str


async def begin(session: AsyncSession, vault: Vault, account: Account, site: str) -> Enrolment:
    """A new secret, in force once `confirm` shows that the app has it. Raises `WrongState` where one is in force."""
    if account.totp_since is not None:
        raise WrongState("a second factor is in force; remove it before enrolling another")
    secret = totp.new_secret()
    account.totp_sealed, account.totp_step = vault.seal(secret), None
    await session.flush()
    return Enrolment(secret, totp.enrolment_uri(secret, account.username, site))


async def confirm(session: AsyncSession, vault: Vault, account: Account, code: str, now: datetime) -> list[str] | None:
    """Put the second factor in force; the recovery codes, shown this once. None for a wrong code."""
    if account.totp_since is not None or account.totp_sealed is None:
        raise WrongState("there is nothing to confirm; begin an enrolment first")
    step = totp.fitting_step(vault.open(account.totp_sealed), totp.cleaned(code), now, None)
    if step is None:
        return None
    account.totp_since, account.totp_step = now, step
    return await renew_codes(session, vault, account)


async def renew_codes(session: AsyncSession, vault: Vault, account: Account) -> list[str]:
    """New recovery codes in place of those there were."""
    codes = totp.new_recovery_codes()
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    session.add_all(RecoveryCode(account_id=account.id, code_sha256=vault.digest(code)) for code in codes)
    await session.flush()
    return codes


async def codes_left(session: AsyncSession, account_id: int) -> int:
    count = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    return await session.scalar(count) or 0


async def use(session: AsyncSession, vault: Vault, account: Account, code: str, now: datetime) -> bool:
    """Whether the code is good, and it is spent: an app's code in its step, a recovery code for ever."""
    given = totp.cleaned(code)
    if not totp.is_totp(given):
        spent = delete(RecoveryCode).where(
            RecoveryCode.account_id == account.id, RecoveryCode.code_sha256 == vault.digest(given)
        )
        return _rows(await session.execute(spent)) == 1
    assert account.totp_sealed is not None
    step = totp.fitting_step(vault.open(account.totp_sealed), given, now, account.totp_step)
    if step is None:
        return False
    # In one statement: of two that bring the same code to two servers at once, one is late.
    newer = update(Account).where(Account.id == account.id, or_(Account.totp_step.is_(None), Account.totp_step < step))
    return _rows(await session.execute(newer.values(totp_step=step))) == 1


def _rows(result: object) -> int:
    return int(getattr(result, "rowcount", 0))


async def remove(session: AsyncSession, account: Account) -> None:
    account.totp_sealed = account.totp_since = account.totp_step = None
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
