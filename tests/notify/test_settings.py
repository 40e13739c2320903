"""The file of channels is followed whole or refused with the place; contacts are one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.auth.roles import Role
from api.config_file import WrongConfiguration
from api.notify.settings import read_notify
from tests.api.house import Served, overwrite


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[channel]]\nid = "a"\nkind = "pager"', "pager"),
        ('[[channel]]\nid = "a"\nkind = "wecom"\nkey = "secret-in-the-file"', "channel.0.wecom.key"),
        ('[[channel]]\nid = "a"\nkind = "wecom"\nkey = { env = "A" }\n' * 2, "needs an id of its own"),
        ("[[channel]", "Expected"),
    ],
    ids=["unknown kind", "a secret in the file", "twice", "no TOML"],
)
def test_a_file_that_cannot_be_followed_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "notify.toml"
    path.write_text(text)
    with pytest.raises(WrongConfiguration) as caught:
        read_notify(path)
    assert says in str(caught.value)
    assert "secret-in-the-file" not in str(caught.value)


def test_contacts_are_ones_own_or_the_administrators(shared: Served) -> None:
    worker, admin = shared.client(Role.GRID_WORKER, "west"), shared.client(Role.ADMINISTRATOR)
    mine = "token:" + "grid_worker-west"
    assert overwrite(worker, "/notify/contacts/somebody", json={"phone": "13900000000"}).status_code == 404
    assert overwrite(admin, "/notify/contacts/somebody", json={"phone": "13900000000"}).status_code == 200
    assert admin.get("/notify/contacts/somebody").json() == {"phone": "13900000000", "email": None}
    assert overwrite(admin, "/notify/contacts/somebody", json={"phone": "not a number"}).status_code == 422
    assert worker.get(f"/notify/contacts/{mine}").status_code in (404, 422)
