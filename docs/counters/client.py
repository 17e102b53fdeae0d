"""A counter's client for riskgw, of the standard library only: check, send, and hear.

client = RiskGateway("http://127.0.0.1:8000", "the API key")
client.check({"exchange": "SSE", "account": "A1", "symbol": "600000", "side": "buy",
              "order_type": "limit", "price": "10", "quantity": "100"})

python client.py URL KEY            follows restrictions; checks each order given on stdin
"""

import base64
import json
import os
import socket
import struct
import sys
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 10
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Missed(Exception):
    """The numbers of the topic have a gap: fetch the restrictions, then listen again."""


class RiskGateway:
    """One key, one gateway. Where it does not answer, do not send: fail closed."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}

    def check(self, order: dict[str, Any]) -> dict[str, Any]:
        """{"verdict": "allow|deny|throttle", "reasons": […], "as_of_ns"}."""
        verdict: dict[str, Any] = self._ask("POST", "orders/check", order)
        return verdict

    def check_all(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A verdict on each of up to 1,000 orders by itself."""
        answer: dict[str, Any] = self._ask("POST", "orders/check", {"orders": orders})
        verdicts: list[dict[str, Any]] = answer["results"]
        return verdicts

    def send(self, feed: str, source: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Up to 10,000 items of orders, executions, quotes, quote-requests, positions or funds.

        Sent again, a batch counts once: repeat it until it is answered.
        """
        taken: dict[str, Any] = self._ask("POST", feed, {"source": source, "items": items})
        return taken

    def restrictions(self) -> list[dict[str, Any]]:
        """All that are active."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._ask("GET", f"restrictions?state=active{cursor}")
            found += page["results"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def headroom(self, account: str, symbol: str = "") -> list[dict[str, Any]]:
        """What is left before each rule's levels."""
        query = urlencode({"account": account} | ({"symbol": symbol} if symbol else {}))
        rows: list[dict[str, Any]] = self._ask("GET", f"headroom?{query}")
        return rows

    def listen(self) -> Iterator[dict[str, Any]]:
        """Restrictions as they come: {"change": "restricted|released|…", "restriction": {…}}.

        Raises Missed after a gap and ConnectionError at the end: fetch, then listen again.
        """
        sock = self._opened()
        try:
            _send(sock, _TEXT, b'{"op": "subscribe", "topics": ["restrictions"]}')
            frames = _frames(sock)
            last = json.loads(next(frames))["topics"]["restrictions"]["seq"]
            for frame in frames:
                message = json.loads(frame)
                if message.get("topic") != "restrictions":
                    continue
                if message["seq"] != last + 1 or message["data"]["change"] == "missed":
                    raise Missed
                last = message["seq"]
                if message["data"]["change"] != "others":  # for other counters
                    yield message["data"]
        finally:
            sock.close()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self._url}/api/v1/{path}"
        request = urllib.request.Request(address, data, self._headers, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)

    def _opened(self) -> socket.socket:
        """A WebSocket (RFC 6455) to /ws/live; use any library you like instead."""
        place = urlsplit(self._url)
        sock = socket.create_connection((place.hostname, place.port or 80), TIMEOUT_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": place.netloc, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", **self._headers,
        }  # fmt: skip
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        sock.sendall(f"GET /ws/live HTTP/1.1\r\n{text}\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(sock, 1)
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise ConnectionError(head.partition(b"\r\n")[0].decode())
        sock.settimeout(None)
        return sock


def _frames(sock: socket.socket) -> Iterator[bytes]:
    """The text frames of the server; pings are answered."""
    while True:
        kind, length = _exactly(sock, 2)
        if length == 126:
            (length,) = struct.unpack(">H", _exactly(sock, 2))
        elif length == 127:
            (length,) = struct.unpack(">Q", _exactly(sock, 8))
        data = _exactly(sock, length)
        if kind & 15 == _PING:
            _send(sock, _PONG, data)
        elif kind & 15 == _CLOSE:
            raise ConnectionError(f"closed: {int.from_bytes(data[:2], 'big')}")
        elif kind & 15 == _TEXT:
            yield data


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ConnectionError("the gateway has gone")
        data += more
    return data


def _send(sock: socket.socket, kind: int, data: bytes) -> None:
    """A frame of up to 125 bytes, masked with zeros."""
    sock.sendall(bytes([0x80 | kind, 0x80 | len(data)]) + bytes(4) + data)


def main() -> None:
    """Every line out is {"heard": message} or {"verdict": …}."""
    gateway = RiskGateway(*sys.argv[1:3])
    lock = threading.Lock()

    def say(line: dict[str, Any]) -> None:
        with lock:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()

    def follow() -> None:
        for message in gateway.listen():
            say({"heard": message})

    threading.Thread(target=follow, daemon=True).start()
    say({"restrictions": gateway.restrictions()})
    for line in sys.stdin:
        say(gateway.check(json.loads(line)))


if __name__ == "__main__":
    main()
