"""`python -m bench.api_fuzz [--examples N]`: Schemathesis over the whole API, with a token of each role.

Prints requests, statuses, every fault, and the share of operations that answered 2xx at least once. Exit status 1
where there was a server error or an answer that the document does not allow. Needs the tests' packages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from api.app import create_app
from api.auth.bootstrap import bootstrap_users
from api.auth.roles import Role
from api.settings import Settings
from api.site.offline import write_site
from streams.decoding.encode import write_mp4
from streams.site import parse_site
from tests.api.fuzz import Findings, Fuzz, populated
from tests.api.house import SITE, FakeTime, Served, serving
from tests.streams.builders import pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--examples", type=int, default=20, help="good requests per operation and role; half as many bad"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--roles", nargs="*", default=[role.value for role in Role])
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="sanxun-fuzz-"))
    try:
        return run(data, given.examples, given.seed, [Role(role) for role in given.roles])
    finally:
        shutil.rmtree(data, ignore_errors=True)


def run(data: Path, examples: int, seed: int, roles: list[Role]) -> int:
    write_site(data, parse_site(SITE))
    passwords = bootstrap_users(data)
    fake = FakeTime()
    document = json.loads(json.dumps(create_app(Settings(data=data)).openapi()))
    total, began = Findings(), time.monotonic()
    with serving(data, fake, sign_in_failures=100) as url:
        house = Served(url, data, fake)
        _life, ids = populated(house, document)
        fuzz = Fuzz(house, document, ids, seed)
        clip = data / "clip.mp4"
        write_mp4(clip, pictures(50), fps=25, gop=25)
        total.add(fuzz.walk(passwords, clip))
        print(
            f"a walk by hand     {total.requests:>6} requests, {len(total.reached):>3} operations reached", flush=True
        )
        for note in total.notes:
            print("  refused on the walk: " + note)
        # Roles that destroy most come last.
        for role in sorted(roles, key=lambda role: (role is Role.ADMINISTRATOR, role)):
            found = fuzz.as_bearer(house.token(role), role, examples)
            print(
                f"{role.value:<18} {found.requests:>6} requests, {len(found.reached):>3} operations reached", flush=True
            )
            total.add(found)
        client = house.client()
        client.post("/session", json={"username": "admin", "password": passwords["admin"]})
        total.add(
            fuzz.as_bearer(client.cookies["sanxun_session"], Role.ADMINISTRATOR, max(1, examples // 4), _own(fuzz))
        )
        house.close()
    return report(
        total, len(fuzz.operations), {str(one.definition.raw["operationId"]) for one in fuzz.operations}, began
    )


def _own(fuzz: Fuzz) -> set[str]:
    """What is about oneself needs somebody who has signed in; all else was asked with a token."""
    return {one.definition.raw["operationId"] for one in fuzz.operations if "/session" in one.path}


def report(total: Findings, operations: int, names: set[str], began: float) -> int:
    share = len(total.reached) / operations
    print(f"\n{total.requests} requests to {operations} operations in {time.monotonic() - began:.0f} s")
    print("statuses: " + ", ".join(f"{status}: {count}" for status, count in sorted(total.statuses.items())))
    print(f"reached 2xx: {len(total.reached)} of {operations} operations ({share:.0%})")
    print("not reached: " + (", ".join(sorted(names - total.reached)) or "none"))
    print(f"faults: {len(total.faults)}")
    for name, told in sorted(total.faults.items()):
        print(f"  {name}\n    {told}")
    return 1 if total.faults else 0


if __name__ == "__main__":
    sys.exit(main())
