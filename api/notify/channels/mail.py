"""E-mail by the town's own server."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from api.notify.channels.message import TIMEOUT_S, Message, Refused, Unreachable


@dataclass(frozen=True)
class Mail:
    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    username: str
    password: str | None
    ca_file: str | None

    async def send(self, message: Message, sent_at: datetime) -> None:
        await asyncio.to_thread(self._send, _letter(message, self.sender, sent_at))

    def _send(self, letter: EmailMessage) -> None:
        try:
            with self._opened() as server:
                if self.security == "starttls":
                    server.starttls(context=self._context())
                if self.password is not None:
                    server.login(self.username, self.password)
                server.send_message(letter)
        except smtplib.SMTPAuthenticationError as error:
            raise _by(error.smtp_code, f"the mail server refused the sign-in ({error.smtp_code})") from None
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            raise _by(code, f"the mail server refused the address ({code})") from None
        except smtplib.SMTPResponseException as error:
            raise _by(error.smtp_code, f"the mail server answered {error.smtp_code}") from None
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"no encrypted connection to the mail server: {error.reason}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"no answer: {type(error).__name__}") from None

    def _opened(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=self._context())
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


def _by(code: int, why: str) -> Refused | Unreachable:
    """RFC 5321: 5xx is for good; 4xx may work later, as where a server lets strangers wait the first time."""
    return Refused(why) if code >= 500 else Unreachable(why)


def _letter(message: Message, sender: str, sent_at: datetime) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"], letter["To"], letter["From"] = message.title, message.address, sender
    letter["Date"] = format_datetime(sent_at)
    # The same id when it is sent again: mail programs show it once.
    letter["Message-ID"] = f"<{message.delivery_id}@{Address(addr_spec=sender).domain}>"
    letter.set_content("\n\n".join(part for part in (message.text, message.url) if part))
    return letter
