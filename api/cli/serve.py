"""`sanxun serve`: the API and the pages alone."""

from __future__ import annotations

import sys
from types import FrameType

from api.cli.options import DEFAULT_HOST, DEFAULT_PORT, DataDir, Host, Port, data_dir


def serve(data: DataDir = None, port: Port = DEFAULT_PORT, host: Host = DEFAULT_HOST) -> None:
    """Serve the API under /api/v1 and the pages under / until Ctrl-C."""
    import uvicorn

    from api.app import create_app
    from api.auth.bootstrap import first_sign_in
    from api.cli.processes import end_with_parent
    from api.settings import Settings

    folder = data_dir(data)
    if password := first_sign_in(folder):
        print(f"No accounts yet. Made: admin {password}   (shown this once)", file=sys.stderr, flush=True)
    application = create_app(Settings(data=folder))

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if house := getattr(application.state, "house", None):
                house.bus.close()  # or open walls would hold up the end
            super().handle_exit(sig, frame)

    end_with_parent()
    # Proxy headers are not believed: whoever reaches the port could forge an address to get round the sign-in limit.
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        ws_max_size=64 * 1024,
    )
    server = Server(config)
    server.run()
    if not server.started:
        raise SystemExit(3)
