"""Notifications, as a program sees them: channels, contacts, deliveries, and the dead ones sent again.

SANXUN_PASSWORD=… python docs/tour/40_notices.py --url http://127.0.0.1:8080 --user admin
"""

from __future__ import annotations

import argparse
import os

import httpx


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--user", default="admin")
    options.add_argument("--password", default=os.environ.get("SANXUN_PASSWORD", ""))
    given = options.parse_args()
    with httpx.Client(base_url=f"{given.url}/api/v1", timeout=20) as api:
        api.post("/session", json={"username": given.user, "password": given.password}).raise_for_status()
        print("who is reached where:")
        contacts = {"phone": "13900000000", "email": "grid1@town.example"}
        seen = {"If-Match": api.get("/notify/contacts/grid1").raise_for_status().headers["ETag"]}
        told = api.put("/notify/contacts/grid1", json=contacts, headers=seen).raise_for_status().json()
        print("  grid1 →", told)
        channels = api.get("/notify/channels").raise_for_status().json()["items"]
        print("channels:", "none: write a notify.toml, docs/notifications.md" if not channels else "")
        for channel in channels:
            print(f"  {channel['id']} ({channel['kind']}): {channel['sent']} sent, {channel['dead']} dead")
            api.post(f"/notify/channels/{channel['id']}/test").raise_for_status()
        print("the newest deliveries:")
        for one in api.get("/notify/deliveries", params={"limit": 5}).raise_for_status().json()["items"]:
            print(f"  {one['id']} {one['channel']} {one['topic']} {one['state']} {one['last_error']}")
        for one in api.get("/notify/deliveries", params={"state": "dead"}).raise_for_status().json()["items"]:
            again = api.post(f"/notify/deliveries/{one['id']}/resend").raise_for_status().json()
            print(f"  {again['id']} is {again['state']} again")


if __name__ == "__main__":
    main()
