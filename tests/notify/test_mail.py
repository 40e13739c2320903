"""Mail before a real server that takes letters only encrypted and after signing in."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from api.notify.channels.mail import Mail
from api.notify.channels.message import Refused, Unreachable
from tests.certificates import self_signed
from tests.local import free_port
from tests.notify.sending import message, send


class _Mailbox:
    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.refuses = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def mailbox(certificate: tuple[Path, Path]) -> Iterator[tuple[_Mailbox, int]]:
    """A mail server that takes letters only after STARTTLS and signing in."""
    box = _Mailbox()

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == b"pw", handled=False)

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    controller = Controller(
        box,
        hostname="localhost",
        port=free_port(),
        authenticator=known,
        auth_required=True,
        tls_context=tls,
        require_starttls=True,
    )
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()


def mail(port: int, certificate: Path | None, password: str = "pw") -> Mail:
    trusted = str(certificate) if certificate else None
    return Mail("localhost", port, "starttls", "sanxun@town.example", "sanxun", password, trusted)


def test_mail_arrives_encrypted_with_an_id_that_stays_the_same(
    mailbox: tuple[_Mailbox, int], certificate: tuple[Path, Path]
) -> None:
    box, port = mailbox
    send(mail(port, certificate[0]), message(address="li@town.example"))
    letter = box.letters[0].decode()
    assert "Message-ID: <sanxun-1-1@town.example>" in letter
    assert "To: li@town.example" in letter


def test_mail_with_the_wrong_password_is_refused_for_good(
    mailbox: tuple[_Mailbox, int], certificate: tuple[Path, Path]
) -> None:
    with pytest.raises(Refused, match="refused the sign-in"):
        send(mail(mailbox[1], certificate[0], "no"), message(address="li@town.example"))


@pytest.mark.parametrize(
    ("answer", "verdict"), [("451 4.7.1 greylisted, come again", Unreachable), ("550 5.1.1 no such box", Refused)]
)
def test_an_address_that_has_to_wait_is_tried_again(
    mailbox: tuple[_Mailbox, int], certificate: tuple[Path, Path], answer: str, verdict: type[Exception]
) -> None:
    mailbox[0].refuses = answer
    with pytest.raises(verdict, match=f"refused the address .{answer[:3]}"):
        send(mail(mailbox[1], certificate[0]), message(address="li@town.example"))


def test_a_mail_server_that_nobody_vouches_for_gets_no_password(mailbox: tuple[_Mailbox, int]) -> None:
    with pytest.raises(Refused, match="no encrypted connection"):
        send(mail(mailbox[1], None), message(address="li@town.example"))
    assert mailbox[0].letters == []
