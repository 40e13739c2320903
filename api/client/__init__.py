"""A thin client of the API: one method per operation, typed from the OpenAPI document. Needs httpx alone.

>>> from api.client import Client
>>> with Client("http://127.0.0.1:8080", token="sxt_...") as sanxun:      # doctest: +SKIP
...     for ticket in sanxun.every(sanxun.list_tickets, state=["dispatched"]):
...         sanxun.accept_ticket(ticket_id=ticket["id"], body={"note": "on my way"})
"""

from __future__ import annotations

from api.client.client import Client as Client
from api.client.transport import Problem as Problem
from api.client.transport import Unreachable as Unreachable
