"""What could not be delivered stays until a person sends it again or lets it go, and is for the own units alone."""

from __future__ import annotations

from pathlib import Path

from api.auth.roles import Role
from api.house import House
from api.kit.scope import Scope
from api.notify import repository
from api.notify.delivery import deliver
from tests.api.house import FakeTime, Served, serving
from tests.notify.receivers import Receiver
from tests.notify.told import in_house, say, states


def test_the_dead_stay_until_a_person_decides(data: Path, receiver: Receiver) -> None:
    fake = FakeTime()

    async def body(house: House) -> None:
        await say(house, unit=None)
        await deliver(house)
        receiver.answers = [(404, {}, {})]
        await say(house, unit=None)
        await deliver(house)
        fake.pass_s(40 * 86_400)
        receiver.answers = [(200, {}, {})]
        await say(house, unit=None)
        await deliver(house)
        assert await states(house) == [("bus", "dead", 1), ("bus", "sent", 1)], "what was sent 40 days ago has gone"

    in_house(data, fake, body)


def test_another_grids_deliveries_are_not_there(data: Path, receiver: Receiver) -> None:
    async def body(house: House) -> None:
        await say(house)
        await deliver(house)
        async with house.database.reading() as session:
            seen = {}
            for grid in ("west", "east"):
                scope = Scope(frozenset({grid}))
                rows = await repository.page(session, scope, None, None, None, 100)
                found = [await repository.delivery(session, scope, number) for number in range(1, 5)]
                counted = await repository.counts(session, scope)
                told = sum(count for by_state in counted.values() for count in by_state.values())
                seen[grid] = len(rows), sum(row is not None for row in found), told
        assert seen["west"][0] == seen["west"][1] == seen["west"][2] > 0
        assert seen["east"] == (0, 0, 0)

    in_house(data, FakeTime(), body)


def test_the_dead_are_seen_and_sent_again_over_http(data: Path, receiver: Receiver) -> None:
    receiver.answers = [(404, {}, {})]
    fake = FakeTime()
    in_house(data, fake, lambda house: _say_and_deliver(house))
    with serving(data, fake) as url:
        served = Served(url, data, fake)
        try:
            centre = served.client(Role.COMMAND_CENTRE)
            dead = centre.get("/notify/deliveries", params={"state": "dead"}).json()["items"]
            assert [one["last_error"] for one in dead] == [
                "answered 404; look at the channel's address and secret"
            ] * len(dead)
            receiver.answers = [(200, {"errcode": 0}, {})]
            answer = centre.post(f"/notify/deliveries/{dead[0]['id']}/resend")
            assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
            assert served.client(Role.GRID_WORKER, "west").get("/notify/deliveries").status_code == 403
            assert centre.delete(f"/notify/deliveries/{dead[0]['id']}").status_code == 422, "it waits"
            assert [centre.delete(f"/notify/deliveries/{dead[1]['id']}").status_code for _ in "12"] == [204, 404]
            before = len(centre.get("/notify/deliveries", params={"channel": "group"}).json()["items"])
            tested = served.client(Role.ADMINISTRATOR).post("/notify/channels/group/test")
            after = centre.get("/notify/deliveries", params={"channel": "group"}).json()["items"]
            assert (tested.status_code, len(after)) == (202, before + 1)
        finally:
            served.close()


async def _say_and_deliver(house: House) -> None:
    await say(house)
    await deliver(house)
