"""A program that is called: an HTTP server on the loopback that answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANGS_SECONDS_MAX, WAIT_SECONDS_MAX = 10, 60


@dataclass(frozen=True)
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """`answers` are the statuses of the next requests, 200 when there are no more; 0 hangs."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[Heard] = []
        self.let_go = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.heard.append(Heard(self.path, headers, body, time.monotonic()))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if not status:
                    receiver.let_go.wait(HANGS_SECONDS_MAX)
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.place = f"127.0.0.1:{self.server.server_address[1]}"

    def wait(self, count: int) -> list[Heard]:
        """Once so many requests have come, or after a while."""
        ends = time.monotonic() + WAIT_SECONDS_MAX
        while len(self.heard) < count and time.monotonic() < ends:
            time.sleep(0.002)
        return self.heard


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        receiver.server.shutdown()
        receiver.server.server_close()
