"""Who gets in, and what they see there: the town's own identity provider, guessing that is slowed down and locked out,
and somebody of the west who asks for what is the east's.

python docs/tour/52_rights.py

It serves an API of its own on a folder that goes when it ends, and plays an OpenID Connect provider beside it, the
strict one of the tests. Half a minute.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from patrol_house import ROOT, Tour, free_port

sys.path.insert(0, str(ROOT))

from api.auth.bootstrap import bootstrap_users
from tests.api.peers.identity import CLIENT_ID, CLIENT_SECRET, Identity, providing

WEST = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
SITE = """
[site]
name = "Tour"

[[grid]]
id = "west"
polygon = [[113.8, 27.6], [113.9, 27.6], [113.9, 27.7], [113.8, 27.7]]

[[grid]]
id = "east"
polygon = [[113.9, 27.6], [114.0, 27.6], [114.0, 27.7], [113.9, 27.7]]
"""
# Each GET that takes an id, as somebody of the west asks for the east's.
PATHS = ("tickets/{ticket_id}", "hazards/{hazard_id}", "reports/{report_id}", "hazards/{hazard_id}/merges")


def person(identity: Identity, url: str, roles: list[str], units: list[str]) -> tuple[httpx.Client, httpx.Response]:
    """A browser that is sent to the provider, signs in there, and comes back."""
    identity.claims = {"sub": "1", "preferred_username": "anna", "name": "Anna", "roles": roles, "units": units}
    browser = httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False)
    sent = browser.get("/session/elsewhere")
    return browser, browser.get(identity.authorise(sent.headers["location"]))


def elsewhere(house: Tour, identity: Identity) -> httpx.Client:
    anna, back = person(identity, house.url, ["grid"], ["West"])
    me = anna.get("/session").raise_for_status().json()
    print(f"  back from the provider: {back.status_code}; {me['username']} is {me['role']} of {me['grids']}")
    whole, refused = person(identity, house.url, ["chief"], ["West"])
    print(f"  as administrator of a part: {refused.status_code} {refused.json()['detail'][:90]}")
    gone, refused = person(identity, house.url, ["cook"], [])
    print(f"  whoever has lost every role there: {refused.status_code}, and here {anna.get('/session').status_code}")
    for client in (anna, whole, gone):
        client.close()
    return person(identity, house.url, ["grid"], ["West"])[0]


def neighbours(api: httpx.Client, anna: httpx.Client) -> None:
    """What is made in the east by an administrator, asked for from the west."""
    made: dict[str, dict[str, Any]] = {}
    for name, place in (("west", WEST), ("east", {**WEST, "lon": 113.95})):
        body = {"where": place, "kind": "rubbish", "words": f"in the {name}"}
        made[name] = api.post("/reports", json=body).raise_for_status().json()
    for name, one in made.items():
        known = {"report_id": one["id"], **one}
        answers = [anna.get(f"/{path.format(**known)}").status_code for path in PATHS]
        print(f"  of the {name}, as the west's grid worker: {dict(zip(PATHS, answers, strict=True))}")
    seen = anna.get("/tickets").raise_for_status().json()["items"]
    print(f"  of {len(made)} tickets the list has {[one['grid'] for one in seen]}")
    moved = anna.post(f"/tickets/{made['east']['ticket_id']}/accept")
    barred = anna.post("/mutes", json={"unit": "west", "reason": "x", "ends_at": "2099-01-01T00:00:00Z"})
    print(f"  accepting theirs: {moved.status_code}; muting, which is the centre's: {barred.status_code}")


def guessing(url: str) -> None:
    answers: list[int] = []
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False) as api:
        while 429 not in answers and len(answers) < 30:
            last = api.post("/session", json={"username": "grid1", "password": "guessed-it"})
            answers.append(last.status_code)
        print(f"  {answers.count(401)} guesses, then {last.status_code}: {last.json()['detail']}")


def on_record(house: Tour) -> None:
    print("  " + house.sanxun("audit", "list").strip().replace("\n", "\n  "))


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-rights-") as folder, providing(time.time) as identity:
        house = Tour(Path(folder))
        house.passwords = bootstrap_users(house.data)
        (house.folder / "site.toml").write_text(SITE)
        house.sanxun("site", "apply", str(house.folder / "site.toml"))
        house.environment = {
            "SANXUN_OIDC_ISSUER": identity.issuer,
            "SANXUN_OIDC_CLIENT_ID": CLIENT_ID,
            "SANXUN_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "SANXUN_OIDC_ROLE_CLAIM": "roles",
            "SANXUN_OIDC_ROLES": json.dumps({"chief": "administrator", "grid": "grid_worker"}),
            "SANXUN_OIDC_UNIT_CLAIM": "units",
            "SANXUN_OIDC_UNITS": json.dumps({"West": "west"}),
        }
        with house.served(free_port()), house.signed_in("admin") as api:
            house.say("by the town's own identity provider")
            anna = elsewhere(house, identity)
            house.say("a neighbour's things are not there")
            neighbours(api, anna)
            anna.close()
            house.say("guessing")
            guessing(house.url)
            house.say("what of it is on record")
            on_record(house)


if __name__ == "__main__":
    main()
