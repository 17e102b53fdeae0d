"""The captures that are decoded: seeded, and made in a process of their own.

`python -m tests.benchmarks.captures NAME FILE` prints how many messages or requests it wrote.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from struct import Struct

from riskgw.kernel.times import NS_PER_SECOND, local_timestamp
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.mirror import SEGMENT_BYTES_MAX, Endpoint, Mirror, TcpConnection
from tests.benchmarks.children import python, run
from tests.benchmarks.order_flow import SqlOrders, SzseOrders, Talk

SEED = 1
SZSE_PORT, SQL_PORT = 8016, 1433
SZSE_CONNECTIONS, SQL_CONNECTIONS = 50, 4
_START_NS = 1_795_397_400 * NS_PER_SECOND  # 2026-11-23 09:30 in Beijing
_TURN_NS = 250_000
# Packed, what is ready at a time fills a few segments.
_PACKED_MESSAGES_A_TURN, _MESSAGES_A_TURN = 50, 4

# Messages or requests, beside log-ons.
SIZES = {
    "szse-packed": 200_000,
    "szse-single": 200_000,
    "szse-large": 2_000_000,
    "szse-100mb": 600_000,
    "tds": 40_000,
}
# So many days of another capture, one behind the other, each from hosts of its own.
COPIES = {"szse-1gb": ("szse-100mb", 10)}
_GLOBAL_HEADER_BYTES, _RECORD = 24, Struct("<IIII")
_DAY_SECONDS = 86_400
# The third byte of source and destination address in a frame: 0 with clients, see `_szse`.
_NETWORKS, _CLIENTS, _FIRST_COPY = (28, 32), 0, 100


class Workshop:
    """A folder with the captures made so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counts: dict[str, int] = {}

    def capture(self, name: str) -> tuple[Path, int]:
        """A capture and how many messages or requests are in it; made when first asked for."""
        path = self.folder / f"{name}.pcap"
        if name not in self._counts:
            spent = run(python("-m", "tests.benchmarks.captures", name, path), self.folder)
            self._counts[name] = int(spent.output)
        return path, self._counts[name]


class Player:
    """Lets connections take turns at random until so many messages are written."""

    def __init__(self, mirror: Mirror, talks: list[Talk]) -> None:
        self._mirror = mirror
        self._talks = talks
        self._unsent: dict[Endpoint, bytearray] = {}
        self.count = 0

    def start(self) -> None:
        for talk in self._talks:
            talk.connection.open()
            for sender, data in talk.log_on():
                talk.connection.send(sender, data)

    def turns(self, wanted: int, *, is_packed: bool) -> None:
        """One turn now, the next a little later, as long as messages are wanted."""
        talk = self._mirror.random.choice(self._talks)
        now = local_timestamp(self._mirror.clock.now_ns)
        self.count += self._packed(talk, now) if is_packed else self._single(talk, now)
        if self.count < wanted:
            again = lambda: self.turns(wanted, is_packed=is_packed)  # noqa: E731  # an action
            self._mirror.clock.after(_TURN_NS, again)
            return
        self._mirror.clock.after(_TURN_NS, self._finish)

    def _single(self, talk: Talk, now: int) -> int:
        for sender, data in talk.written(now, _MESSAGES_A_TURN):
            talk.connection.send(sender, data)
        return _MESSAGES_A_TURN

    def _packed(self, talk: Talk, now: int) -> int:
        """Full segments leave; what is over waits for the next turn."""
        for sender, data in talk.written(now, _PACKED_MESSAGES_A_TURN):
            self._unsent.setdefault(sender, bytearray()).extend(data)
        for sender in (talk.connection.client, talk.connection.server):
            waiting = self._unsent.setdefault(sender, bytearray())
            whole = len(waiting) - len(waiting) % SEGMENT_BYTES_MAX
            talk.connection.send(sender, bytes(waiting[:whole]))
            del waiting[:whole]
        return _PACKED_MESSAGES_A_TURN

    def _finish(self) -> None:
        for talk in self._talks:
            for sender in (talk.connection.client, talk.connection.server):
                talk.connection.send(sender, bytes(self._unsent.pop(sender, b"")))
            talk.connection.close()


def main(name: str, path: Path) -> None:
    if name in COPIES:
        of, copies = COPIES[name]
        sys.stdout.write(str(copies * _write(of, path.with_suffix(".one"))))
        _copy(path.with_suffix(".one"), copies, path)
        path.with_suffix(".one").unlink()
        return
    sys.stdout.write(str(_write(name, path)))


def _write(name: str, path: Path) -> int:
    random, clock = Random(SEED), Clock()
    clock.now_ns = _START_NS
    with path.open("wb") as file:
        mirror = Mirror(file, clock, random)
        talks = list(_sql(mirror) if name == "tds" else _szse(mirror))
        player = Player(mirror, talks)
        player.start()
        player.turns(SIZES[name], is_packed=name not in ("szse-single", "tds"))
        clock.run()
    log_ons = 0 if name == "tds" else 2 * len(talks)
    return player.count + log_ons


def _copy(source: Path, copies: int, path: Path) -> None:
    with path.open("wb") as out:
        for number in range(copies):
            with source.open("rb") as file:
                header = file.read(_GLOBAL_HEADER_BYTES)
                out.write(header if number == 0 else b"")
                while record := file.read(_RECORD.size):
                    seconds, fraction, captured, length = _RECORD.unpack(record)
                    frame = bytearray(file.read(captured))
                    for at in _NETWORKS:
                        if frame[at] == _CLIENTS:
                            frame[at] = _FIRST_COPY + number
                    seconds += number * _DAY_SECONDS
                    out.write(_RECORD.pack(seconds, fraction, captured, length) + frame)


def _szse(mirror: Mirror) -> Iterator[Talk]:
    for place in range(SZSE_CONNECTIONS):
        client = Endpoint(f"10.1.0.{place // 8 + 1}", 45_000 + place, 0x020000000011)
        server = Endpoint(f"10.1.9.{place % 8 + 1}", SZSE_PORT, 0x020000000921)
        connection = TcpConnection(mirror, client, server, is_tidy=False)
        yield SzseOrders(connection, f"{place:06}", mirror.random)


def _sql(mirror: Mirror) -> Iterator[Talk]:
    for place in range(SQL_CONNECTIONS):
        client = Endpoint("10.1.0.12", 51_000 + place, 0x020000000012)
        server = Endpoint("10.1.8.31", SQL_PORT, 0x020000000831)
        yield SqlOrders(TcpConnection(mirror, client, server, is_tidy=True), uses_rpc=place % 2 > 0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
