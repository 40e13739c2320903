"""An OpenID Connect provider on loopback, as strict as the standard lets it be. Its faults are switched on by tests."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT_ID = "sanxun"
CLIENT_SECRET = "a secret of the two"


@dataclass
class Identity:
    """Who would sign in next, what their claims are, and which faults the next ID token has."""

    now: Callable[[], float]
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    retired: list[RSAKey] = field(default_factory=list)
    # Published beside its own.
    other_keys: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # What an attacker would sign with: a key that the provider never published, or its public half as a shared one.
    forge_with: RSAKey | OctKey | None = None

    def rotate(self) -> None:
        self.retired.append(self.key)
        self.key = RSAKey.generate_key(2048, auto_kid=True)

    def authorise(self, address: str) -> str:
        """What a browser sees after signing in there: the address it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
        query = self.codes.pop(form.get("code", ""), None)  # a code works once
        if basic != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if query is None or challenge != query["code_challenge"] or form.get("redirect_uri") != query["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": self._id_token(query["nonce"])}

    def _id_token(self, nonce: str) -> str:
        now = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        claims |= self.faults
        claims = {name: value for name, value in claims.items() if value is not None}
        if isinstance(self.forge_with, OctKey):
            return jwt.encode({"alg": "HS256", "kid": self.key.kid}, claims, self.forge_with, algorithms=["HS256"])
        signing = self.forge_with or self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, signing, algorithms=["RS256"])

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }


def _handler(identity: Identity) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            identity.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self._answer(200, identity.metadata())
            elif self.path == "/keys":
                published = dict(KeySet([identity.key]).as_dict(private=False))
                self._answer(200, {"keys": [*identity.other_keys, *published["keys"]]})
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            scheme, _, given = self.headers.get("Authorization", "").partition(" ")
            basic = base64.b64decode(given).decode() if scheme == "Basic" else ""
            self._answer(*identity.token(form, basic))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def providing(now: Callable[[], float]) -> Iterator[Identity]:
    identity = Identity(now)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(identity))
    identity.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield identity
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
