"""The client of an OpenID Connect provider: authorisation code with PKCE (RFC 7636), ID token checked per
OpenID Connect Core 1.0 section 3.1.3.7. No database here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from api.errors import NotSignedIn, Unavailable
from api.kit.clock import Clock

# Signatures of the provider's private key only: with HS256 or none, whoever knows the public parts could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_JSON = {"Accept": "application/json"}
_TIMEOUT_S = 10.0
_KEEP_S = 3600.0
_CLOCKS_DIFFER_S = 60


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows this server as. `secret` None: a public client, guarded by PKCE alone."""

    issuer: str
    client_id: str
    secret: str | None
    scopes: str


@dataclass(frozen=True, slots=True)
class _Provider:
    known_at: float
    metadata: Mapping[str, Any]
    keys: KeySet


class Provider:
    """Speaks to the provider; keeps its addresses and keys for an hour, and asks anew for a key that it lacks."""

    def __init__(self, client: Client, clock: Clock) -> None:
        _require_safe(client.issuer, "the issuer")
        self._client, self._clock = client, clock
        self._kept: _Provider | None = None

    async def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the visitor."""
        known = await self._known()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._client.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        there = str(known.metadata["authorization_endpoint"])
        return f"{there}{'&' if urlsplit(there).query else '?'}{urlencode(query)}"

    async def claims(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> dict[str, Any]:
        """The ID token's claims for the code that the visitor brought back. Raises `NotSignedIn`, `Unavailable`."""
        token = await self._redeem(code, redirect_uri, verifier)
        try:
            return self._checked(token, (await self._known()).keys, nonce)
        except JoseError:
            # Also where the provider has changed its keys since: with the new ones it must hold, or not at all.
            known = await self._known(anew=True)
        try:
            return self._checked(token, known.keys, nonce)
        except JoseError as error:
            raise NotSignedIn(f"the identity provider's token does not hold: {error.error}") from None

    async def _redeem(self, code: str, redirect_uri: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        known, secret = await self._known(), self._client.secret
        methods = known.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = (self._client.client_id, secret) if secret and "client_secret_basic" in methods else None
        if basic is None:
            form["client_id"] = self._client.client_id
            if secret:
                form["client_secret"] = secret
        answer = await self._ask("POST", str(known.metadata["token_endpoint"]), form, basic)
        if answer.status_code in (400, 401, 403):
            raise NotSignedIn("the identity provider refused the code it had given; sign in again")
        token = _json(answer).get("id_token")
        if not isinstance(token, str):
            raise NotSignedIn("the identity provider gave no ID token; its `openid` scope must be allowed")
        return token

    def _checked(self, token: str, keys: KeySet, nonce: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=_CLOCKS_DIFFER_S,
            iss={"essential": True, "value": self._client.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        party, audience = claims.get("azp"), claims["aud"]
        shared = isinstance(audience, list) and len(audience) > 1
        if party != self._client.client_id and (party is not None or shared):
            raise NotSignedIn("the identity provider's token was made for another client")
        return claims

    async def _known(self, *, anew: bool = False) -> _Provider:
        now = self._clock.monotonic()
        if self._kept is None or anew or now - self._kept.known_at > _KEEP_S:
            there = self._client.issuer.rstrip("/") + "/.well-known/openid-configuration"
            metadata = _json(await self._ask("GET", there))
            if metadata.get("issuer") != self._client.issuer:
                raise Unavailable(
                    f"the identity provider calls itself {metadata.get('issuer')!r}; "
                    f"set SANXUN_OIDC_ISSUER to exactly that, now {self._client.issuer!r}"
                )
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_safe(str(metadata.get(name)), f"the provider's {name}")
            self._kept = _Provider(now, metadata, await self._keys(str(metadata["jwks_uri"])))
        return self._kept

    async def _keys(self, there: str) -> KeySet:
        document = _json(await self._ask("GET", there))
        keys = document.get("keys")
        found = [read for key in keys if (read := _key(key)) is not None] if isinstance(keys, list) else []
        if not found:
            raise Unavailable(f"the identity provider at {urlsplit(there).netloc} has no key that can be read here")
        return KeySet(found)

    async def _ask(
        self, method: str, there: str, form: dict[str, str] | None = None, basic: tuple[str, str] | None = None
    ) -> httpx.Response:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                answer = await client.request(method, there, data=form, auth=basic, headers=_JSON)
        except httpx.HTTPError as error:
            raise Unavailable(f"the identity provider at {urlsplit(there).netloc} does not answer: {error}") from None
        if answer.status_code >= 500 or (method == "GET" and answer.status_code != 200):
            raise Unavailable(f"the identity provider at {urlsplit(there).netloc} answered {answer.status_code}")
        return answer


def _key(given: Any) -> Key | None:
    """A key for signatures. None: another, or one of a kind that is not known here, which RFC 7517 (5) has us pass
    over: a provider may have one of each kind."""
    if not isinstance(given, dict) or given.get("use", "sig") != "sig" or given.get("kty") == "oct":
        return None
    try:
        return import_key(given)
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(f"the identity provider's answer at {answer.url.path} is no JSON object")
    return found


def _require_safe(address: str, what: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise Unavailable(f"{what} must be an https address, got {address[:200]!r}")
