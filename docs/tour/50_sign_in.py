"""Signing in with a second factor, what an account sees, tokens with scopes, doing a thing once, and not unseen.

SANXUN_PASSWORD=… python docs/tour/50_sign_in.py --url http://127.0.0.1:8080 --user admin

It makes an account "tour-NNN", walks it through a second factor, and shuts it out at the end. The account stays: the
audit trail tells of it. The code for the app is worked out here as the app would.
"""

from __future__ import annotations

import argparse
import os
import secrets
import time

import httpx
import pyotp

from api.client import Client, Problem


def sign_in(url: str, username: str, password: str, code: str | None = None) -> httpx.Response:
    body = {"username": username, "password": password} | ({"code": code} if code else {})
    answer = httpx.post(f"{url}/api/v1/session", json=body)
    told = answer.json().get("detail", "signed in")
    print(f"  {username}, password{' and code' if code else ''}: {answer.status_code} {told}")
    return answer


def second_factor(url: str, username: str, password: str) -> None:
    with Client(url, token=sign_in(url, username, password).cookies["sanxun_session"]) as own:
        begun = own.enrol_second_factor(body={"password": password})
        app = pyotp.TOTP(begun["secret"])
        print(f"  the app's QR code says {begun['uri'].split('?')[0]}?secret=…")
        codes = own.confirm_second_factor(body={"code": app.now()})["codes"]
        print(f"  in force; {len(codes)} recovery codes, shown this once")
    sign_in(url, username, password)
    sign_in(url, username, password, app.now())  # the code that confirmed is spent
    with Client(url, token=sign_in(url, username, password, codes[0]).cookies["sanxun_session"]) as own:
        for session in own.list_own_sessions()["items"]:
            print(
                f"  signed in since {session['began_at']} by {session['method']}{', here' if session['this'] else ''}"
            )
        own.end_other_sessions()
        print(f"  sessions left: {len(own.list_own_sessions()['items'])}")


def tokens(url: str, admin: Client) -> None:
    made = admin.create_service_token(
        body={"name": "tour board", "role": "command_centre", "scopes": ["tickets:read"], "days": 1}
    )
    with Client(url, token=made["secret"]) as board:
        print(f"  tickets: {len(board.list_tickets(limit=5)['items'])} read")
        try:
            board.list_cameras()
        except Problem as problem:
            print(f"  cameras: {problem.status} {problem.detail}")
    admin.revoke_token(token_id=made["token"]["id"])
    print("  revoked: it stops within 5 s")


def once(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
    body = {"name": "Tour gate", "lon": 113.85, "lat": 27.62, "datum": "WGS-84", "radius_m": 20}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers) as api:
        for _ in range(2):
            answer = api.post("/report-points", json=body)
            replayed = answer.headers.get("Idempotent-Replayed", "false")
            print(f"  POST /report-points: {answer.status_code} {answer.json().get('id')}, replayed {replayed}")
        api.delete(f"/report-points/{answer.json().get('id')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    given = parser.parse_args()
    print("How one can sign in here:", httpx.get(f"{given.url}/api/v1/session/ways").json())
    answer = sign_in(given.url, given.user, given.password)
    if answer.is_error:
        raise SystemExit("name an administrator with --user, and the password in SANXUN_PASSWORD")
    token = answer.cookies["sanxun_session"]
    with Client(given.url, token=token) as admin:
        username = f"tour-{int(time.time()) % 100_000}"
        made = admin.create_account(body={"username": username, "role": "volunteer", "name": "A tour"})
        print(f"\nAn account without units, {username}, sees:")
        with Client(given.url, token=sign_in(given.url, username, made["password"]).cookies["sanxun_session"]) as own:
            print(f"  {len(own.list_cameras()['items'])} cameras")
        print("\nA second factor:")
        second_factor(given.url, username, made["password"])
        print("\nA token for a program:")
        tokens(given.url, admin)
        print("\nThe same request twice with one Idempotency-Key:")
        once(given.url, token)
        print("\nChanging an account that somebody else may have changed:")
        try:
            admin.change_account(username=username, body={"disabled": True})
        except Problem as problem:
            print(f"  {problem.status} {problem.detail}")
        admin.read_account(username=username)
        tag = admin.etag
        shut = admin.change_account(username=username, if_match=tag, body={"disabled": True})
        print(f"  with If-Match {tag}: shut out at {shut['disabled_at']}")


if __name__ == "__main__":
    main()
