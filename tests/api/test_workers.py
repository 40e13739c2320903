"""What a worker's outbox has come to is told to the people who watch, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from api.auth.roles import Role
from streams.delivery.link import ApiLink
from streams.delivery.outbox import OutboxCounts
from tests.api.house import Served


def tell(served: Served, **counts: Any) -> None:
    """As a worker does, every 2 s."""
    served.time.pass_s(2)
    with ApiLink(served.url, served.token(Role.WORKER)) as link:
        values = {"pending": 0, "quarantined": 0, "stills_dropped": 0, "events_dropped": 0} | counts
        link.post_status("w-1", "street-v4", [], outbox=OutboxCounts(**values))


def seen(served: Served, role: Role = Role.COMMAND_CENTRE) -> Any:
    return served.client(role).get("/cameras").json()["workers"]


def test_what_waits_and_whether_the_disk_is_full_is_shown(served: Served) -> None:
    assert seen(served) == []
    tell(served, pending=7, clips=3, disk_full=True)
    [worker] = seen(served)
    assert worker["worker"] == "w-1"
    assert (worker["outbox"]["pending"], worker["outbox"]["clips"], worker["outbox"]["disk_full"]) == (7, 3, True)
    assert seen(served, Role.GRID_WORKER) == []


def test_losses_are_those_of_the_last_day_not_of_all_time(served: Served) -> None:
    tell(served, clips_dropped=100, stills_dropped=5)
    assert seen(served)[0]["outbox"]["clips_dropped"] == 0
    tell(served, clips_dropped=104, stills_dropped=5, events_dropped=1)
    lost = seen(served)[0]["outbox"]
    assert (lost["clips_dropped"], lost["stills_dropped"], lost["events_dropped"]) == (4, 0, 1)
    served.time.pass_s(86_500)
    tell(served, clips_dropped=106, stills_dropped=5, events_dropped=1)
    lost = seen(served)[0]["outbox"]
    assert (lost["clips_dropped"], lost["events_dropped"]) == (2, 0)


def test_another_outbox_is_counted_anew(served: Served) -> None:
    tell(served, clips_dropped=100)
    tell(served, clips_dropped=110)
    tell(served, clips_dropped=3)
    assert seen(served)[0]["outbox"]["clips_dropped"] == 0
    tell(served, clips_dropped=5)
    assert seen(served)[0]["outbox"]["clips_dropped"] == 2


def test_a_worker_that_has_gone_is_forgotten(served: Served) -> None:
    tell(served)
    served.time.pass_s(700)
    assert seen(served) == []


@pytest.mark.parametrize("outbox", [{"pending": -1}, {"pending": "x"}, {"more": 1}])
def test_a_report_that_makes_no_sense_is_refused(served: Served, outbox: dict[str, Any]) -> None:
    body = {"worker": "w-1", "cameras": [], "outbox": outbox}
    assert served.client(Role.WORKER).post("/worker/status", json=body).status_code == 422
