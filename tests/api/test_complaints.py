"""What users of other programs complain of (docs/complaints.md), where no other test says it."""

from __future__ import annotations

import ast
import base64
import json
import re
from pathlib import Path

from api.auth.roles import Role
from api.notify.delivery import ticket_url
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.house import SITE, Served, event, jpeg
from tests.api.wall_socket import put, take, until_open, wall

ROOT = Path(__file__).resolve().parents[2]
TILES = 16


def test_sixteen_live_tiles_come_over_one_connection(served: Served) -> None:
    """Shinobi #83, Motion #1465, bluecherry-apps #437, moonfire-nvr #59, mjpeg-relay #11: a browser opens six
    connections to one host, and the seventh picture never comes."""
    more = "".join(f'\n[[camera]]\nid = "more-{n}"\nurl = "rtsp://192.0.2.9/{n}"\n' for n in range(TILES - 3))
    write_site(served.data, parse_site(SITE + more))
    cameras = ["cam-1", "cam-2", "cam-3", *(f"more-{n}" for n in range(TILES - 3))]
    with wall(served) as socket:
        socket.send(json.dumps({"open": cameras}))
        until_open(served, sorted(cameras))
        for camera in cameras:
            put(served, jpeg(), camera)
        assert {take(socket)[1][2] for _ in cameras} == set(range(TILES))
    sockets = [
        path.name for path in (ROOT / "api/pages/js").glob("*.js") if "new WebSocket(" in path.read_text("utf-8")
    ]
    assert sockets == ["tile_socket.js"], "the pages open one socket, for all tiles"


def test_a_team_sees_what_each_of_its_grid_holds(served: Served) -> None:
    """GoAlert #4468, #4469: see all that my team has, not what is mine alone."""
    served.post(event())
    [ticket] = served.tickets()
    assert served.client(Role.GRID_WORKER).post(f"/tickets/{ticket['id']}/accept").status_code == 200
    for colleague in (Role.GRID_WORKER, Role.OFFICER):
        [seen] = served.tickets(colleague, "west")
        assert (seen["state"], seen["assignee"]) == ("working", "token:grid_worker")


def test_the_link_of_a_message_leads_to_where_it_is_handed_up(served: Served) -> None:
    """GoAlert #2775: escalate from a short message. No answer to a message is read; its link opens the ticket, which
    offers it in one step."""
    served.post(event())
    [ticket] = served.tickets(Role.GRID_WORKER, "west")
    assert ticket_url("https://sanxun.town.example", ticket["id"]).endswith(f"/phone#{ticket['id']}")
    assert "escalate" in ticket["side_commands"]
    body = {"note": "nobody of us has a key"}
    up = served.client(Role.GRID_WORKER, "west").post(f"/tickets/{ticket['id']}/escalate", json=body).json()
    assert up["escalated_to"] == "*"


def test_each_complaint_has_its_test() -> None:
    table = (ROOT / "docs/complaints.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", table)
    assert len(named) >= 40
    kept = {path: ast.parse((ROOT / path).read_text("utf-8")) for path, _ in named}
    there = {
        (path, node.name) for path, tree in kept.items() for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    assert sorted({f"{path}::{name}" for path, name in named if (path, name) not in there}) == []


def test_a_closed_one_is_suggested_to_whoever_sees_it_again(served: Served) -> None:
    """FixMyStreet #2839: what lies near and is closed is shown too, as that."""
    where = {"lon": 113.86, "lat": 27.61, "datum": "WGS-84", "accuracy_m": 5}
    worker, centre = served.client(Role.GRID_WORKER), served.client(Role.COMMAND_CENTRE)
    told = base64.b64encode(jpeg(320, 240)).decode()
    first = worker.post("/reports", json={"kind": "illegal_parking", "where": where}).raise_for_status().json()
    ticket = f"/tickets/{first['ticket_id']}"
    for path, body in (("accept", {}), ("close", {})):
        worker.post(f"{ticket}/{path}", json=body).raise_for_status()
    centre.post(f"{ticket}/confirm", json={"note": "it is gone"}).raise_for_status()
    served.time.pass_s(86_400)
    proposal = worker.post("/reports/proposal", json={"photo_jpeg": told, "where": where}).raise_for_status().json()
    assert [(one["hazard_id"], one["ended"]) for one in proposal["nearby"]] == [(first["hazard_id"], True)]
    again = worker.post("/reports", json={"kind": "illegal_parking", "where": where}).json()
    assert (again["merged_into"], again["ticket_number"]) == (None, first["ticket_number"] + 1)
    [found] = worker.get(f"/hazards/{again['hazard_id']}/nearby").json()["items"]
    assert (found["id"], found["ticket_number"], found["ended"]) == (
        first["hazard_id"], first["ticket_number"], True,
    )  # fmt: skip
    assert worker.get(f"/tickets/{again['ticket_id']}").json()["recurrence_of"] == first["ticket_id"]
