"""The messengers' servers as they are on a town's private network, played on the tour: each checks what it gets as the
service says that it does, and answers in its own way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

OLDEST_S = 3600


class Chats(ThreadingHTTPServer):
    """WeCom, DingTalk, Feishu and a provider of short messages at one address, with one secret for all."""

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), _Chat)
        self.secret = secret
        self.taken: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def config(self, quiet: tuple[str, str]) -> str:
        """For `notify.toml`; the secret is in the environment as TOUR_SECRET. The last channel sleeps."""
        secret, base = '{ env = "TOUR_SECRET" }', f'base_url = "{self.url}"'
        fields = '{ mobile = "{phone}", content = "【三巡】{text}", appkey = "{secret}" }'
        return f"""
[[channel]]
id = "wecom"
kind = "wecom"
{base}
key = {secret}

[[channel]]
id = "ding"
kind = "dingtalk"
{base}
token = {secret}
secret = {secret}

[[channel]]
id = "feishu"
kind = "feishu"
{base}
token = {secret}
secret = {secret}

[[channel]]
id = "sms"
kind = "sms"
url = "{self.url}/sms"
fields = {fields}
secret = {secret}
ok_field = "code"

[[channel]]
id = "night"
kind = "wecom"
{base}
key = {secret}
quiet = ["{quiet[0]}", "{quiet[1]}"]
"""

    def judge(self, path: str, body: dict[str, Any]) -> tuple[str, bool, str]:
        """Who was called, whether it is who it says, and what it told."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/robot/send":
            at = query.get("timestamp", "0")
            good = self._signed(self.secret, f"{at}\n{self.secret}", query.get("sign")) and self._fresh(at, 1000)
            return "DingTalk", good and query["access_token"] == self.secret, body["text"]["content"]
        if parts.path.startswith("/open-apis/bot/v2/hook/"):
            at = body.get("timestamp", "0")
            good = self._signed(f"{at}\n{self.secret}", "", body.get("sign")) and self._fresh(at, 1)
            return "Feishu", good and parts.path.endswith(f"/{self.secret}"), body["content"]["text"]
        if parts.path == "/sms":
            return f"SMS to {body['mobile']}", body["appkey"] == self.secret, body["content"]
        return "WeCom", query.get("key") == self.secret, body["text"]["content"]

    @staticmethod
    def _signed(key: str, what: str, given: str | None) -> bool:
        wanted = base64.b64encode(hmac.new(key.encode(), what.encode(), hashlib.sha256).digest()).decode()
        return given is not None and hmac.compare_digest(wanted, given)

    @staticmethod
    def _fresh(at: str, a_second: int) -> bool:
        return abs(time.time() - int(at) / a_second) < OLDEST_S


class _Chat(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Chats)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        who, good, told = server.judge(self.path, body)
        first = told.splitlines()[0][:60]
        server.taken.append(f"{who}: {'signature good' if good else 'SIGNATURE WRONG'}: {first}")
        answer = json.dumps({"errcode": 0, "code": 0} if good else {"errcode": 310000, "code": 19021}).encode()
        self.send_response(200)  # these services refuse in the body
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass
