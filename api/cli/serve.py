"""`sanxun serve`: the API and the pages alone."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import DataDir, data_dir

if TYPE_CHECKING:
    import socket

    from api.settings import Settings


def serve(
    data: DataDir = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="TCP port; 0 takes a free one. Default 8080.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to bind to. The default answers this machine alone.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="PEM", help="Certificate with its chain: speak HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="PEM", help="Its private key.")] = None,
    trusted_proxies: Annotated[
        str | None,
        typer.Option("--trusted-proxies", metavar="ADDRESSES", help="Whose X-Forwarded-… headers are believed."),
    ] = None,
    log_format: Annotated[str | None, typer.Option("--log-format", help="plain or json.")] = None,
) -> None:
    """Serve the API under /api/v1 and the pages under / until Ctrl-C.

    Every option can stand in sanxun.toml of the data folder, or in the environment as SANXUN_….
    """
    import uvicorn

    from api.app import create_app
    from api.auth.bootstrap import first_sign_in
    from api.cli.processes import end_with_parent
    from api.kit.garbage import short_collections
    from api.kit.logs import configure
    from api.settings import Settings

    folder = data_dir(data)
    given = {"port": port, "host": host, "tls_cert": tls_cert, "tls_key": tls_key}
    given |= {"trusted_proxies": trusted_proxies, "log_format": log_format}
    settings = Settings(data=folder, **{name: value for name, value in given.items() if value is not None})
    configure(settings.log_format, settings.log_level)
    tls = _tls(settings)
    if password := first_sign_in(folder):
        print(f"No accounts yet. Made: admin {password}   (shown this once)", file=sys.stderr, flush=True)
    application = create_app(settings)

    class Server(uvicorn.Server):
        async def serve(self, sockets: list[socket.socket] | None = None) -> None:
            async with short_collections():  # of this whole process, which is this server's
                await super().serve(sockets)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if house := getattr(application.state, "house", None):
                house.bus.close()  # or open walls would hold up the end
            super().handle_exit(sig, frame)

    end_with_parent()
    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        # A phone asks every 30 s: on the same connection, or each time with a TLS handshake of its own.
        timeout_keep_alive=75,
        ws_max_size=64 * 1024,
        log_config=None,
        **believed(settings.trusted_proxies),
        **tls,
    )
    server = Server(config)
    server.run()
    if not server.started:
        raise SystemExit(3)


def believed(proxies: str) -> dict[str, Any]:
    """uvicorn's options for X-Forwarded-… headers. Nobody's are believed unless named, not even this machine's: whoever
    reaches the port could forge an address to get round the sign-in limit."""
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


def _tls(settings: Settings) -> dict[str, Any]:
    """uvicorn's options for HTTPS, where it is set. Raises `WrongConfiguration` for files that cannot serve."""
    import logging
    import os
    import ssl
    from datetime import UTC, datetime

    from cryptography import x509

    from api.config_file import WrongConfiguration

    if settings.tls_cert is None or settings.tls_key is None:
        return {}
    for name, path in (("tls_cert", settings.tls_cert), ("tls_key", settings.tls_key)):
        if not os.access(path, os.R_OK):
            raise WrongConfiguration(f"{name} names {path}, which cannot be read")
    if os.name != "nt" and settings.tls_key.stat().st_mode & 0o007:
        raise WrongConfiguration(f"everybody may read the private key {settings.tls_key}: chmod 600 {settings.tls_key}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
        certificate = x509.load_pem_x509_certificate(settings.tls_cert.read_bytes())
    except (ssl.SSLError, ValueError) as error:
        raise WrongConfiguration(
            f"{settings.tls_cert} and {settings.tls_key} are no certificate with its key: {error}"
        ) from None
    days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    if days < 30:
        logging.getLogger("sanxun.api").warning(
            "the certificate %s %s", settings.tls_cert, f"ends in {days} days" if days >= 0 else "has ended"
        )
    return {"ssl_certfile": str(settings.tls_cert), "ssl_keyfile": str(settings.tls_key)}
