"""The market gateway from its sources to the shards' streams; and days judged with their market."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from itertools import groupby
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from capture.io.sensor import order_key
from capture.queries import open_captures
from monitoring.domain.market_gateway import MarketGateway
from monitoring.stages import EvaluateStage
from riskgw.bus.connection import Client
from riskgw.bus.streams import FIELD, checkpoint_key
from riskgw.cep.spec import Cmp, FilterSpec, Op, RuleSpec, Unit, WindowKind
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import base_from_labels
from riskgw.messages.market import Snapshot
from riskgw.messages.market_frame import FrameError, heartbeat_frame, snapshots_frame
from riskgw.messages.websocket import WebSocket
from riskgw.shards.entries import Entry, Heard, Load, Market, Results, packed, unpacked
from riskgw.shards.partition import Shards
from riskgw.shards.replay_order import MAX_SPEED, Progress, ReplayOrder
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.market.csv_replay import CsvReplay, NoMarketData, beside
from riskgw.wiring.market.gateway import CHANGES_STREAM, NEWEST_KEY, Gateway
from riskgw.wiring.market.replay_source import NAME as REPLAY
from riskgw.wiring.market.replay_source import ReplaySource
from riskgw.wiring.market.sockets import BadAddress, SocketSource, address_of
from riskgw.wiring.partitions import order_streams
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests.days import MONDAY
from tests.market import HEADER, line, snapshot
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds

NOW = 1_000 * NS_PER_SECOND
LATER = OPEN_NS + NS_PER_SECOND
SECONDS_MAX = 20


@pytest.fixture
def bus(queue: QueueServer) -> Client:
    return queue.client()


def written(path: Path, *lines: str) -> Path:
    path.write_text(HEADER + "".join(lines))
    return path


def test_several_files_are_one_market_by_time(tmp_path: Path) -> None:
    first = written(tmp_path / "a.market.csv", line(), line(ns=str(LATER)))
    second = written(tmp_path / "b.market.csv", line(ns=str(OPEN_NS + 1)), "nonsense\n")
    replay = CsvReplay([first, second])
    assert [each.ns for each in replay.until(OPEN_NS)] == [OPEN_NS]
    assert [each.ns for each in replay.until(LATER)] == [OPEN_NS + 1, LATER]
    assert (replay.is_done, replay.refused) == (True, 1)


def test_what_is_no_market_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    for name in ("a.csv", "none.csv"):
        with pytest.raises(NoMarketData, match=name):
            CsvReplay([tmp_path / name])


def test_the_market_lies_beside_the_capture(tmp_path: Path) -> None:
    market = written(tmp_path / "day.market.csv")
    assert beside([tmp_path / "day.pcap", tmp_path / "other.pcap"]) == [market]


def ordered(bus: Client, capture: Path, speed: float, identity: str = "o") -> None:
    order = ReplayOrder(identity, (str(capture),), speed, NOW, OPEN_NS)
    bus.set(order_key(next(iter(settings.RISKGW_FEEDS))), msgspec.json.encode(order))
    sent(bus, OPEN_NS, identity)


def sent(bus: Client, until_ns: int, identity: str = "o") -> None:
    """How far the sensors are."""
    for feed in settings.RISKGW_FEEDS:
        done = msgspec.json.encode(Progress(identity, 1, until_ns))
        bus.set(checkpoint_key(f"sensor.{feed}"), done)


def published(bus: Client) -> list[list[Snapshot]]:
    """What each shard's stream holds."""
    found = []
    for stream in order_streams():
        entries = [unpacked(fields[FIELD]) for _, fields in bus.xrange(stream)]
        found.append([each for entry in entries if isinstance(entry, Market)
                      for each in entry.snapshots])  # fmt: skip
    return found


def test_a_replays_market_goes_with_its_clock_and_not_far_ahead_of_the_sensors(
    bus: Client, tmp_path: Path
) -> None:
    written(tmp_path / "day.market.csv", line(), line(ns=str(LATER)), line(ns=str(LATER + 1)))
    ordered(bus, tmp_path / "day.pcap", speed=1.0)
    gateway = MarketGateway([REPLAY])
    source = ReplaySource(gateway, bus)
    source.turn(NOW)
    assert [each.ns for each in gateway.batch(NOW)] == [OPEN_NS]
    source.turn(NOW + 2 * NS_PER_SECOND)
    assert [each.ns for each in gateway.batch(NOW)] == [LATER]
    sent(bus, LATER)
    source.turn(NOW + 2 * NS_PER_SECOND)
    assert [each.ns for each in gateway.batch(NOW)] == [LATER + 1]
    assert source.turn(NOW + 3 * NS_PER_SECOND) is False


def test_at_full_speed_the_market_goes_with_the_sensors(bus: Client, tmp_path: Path) -> None:
    written(tmp_path / "day.market.csv", line(), line(ns=str(LATER)))
    ordered(bus, tmp_path / "day.pcap", MAX_SPEED)
    gateway = MarketGateway([REPLAY])
    source = ReplaySource(gateway, bus)
    source.turn(NOW)
    assert [each.ns for each in gateway.batch(NOW)] == [OPEN_NS]
    sent(bus, LATER)
    source.turn(NOW)
    assert [each.ns for each in gateway.batch(NOW)] == [LATER]


def test_the_same_day_played_again_begins_anew(bus: Client, tmp_path: Path) -> None:
    written(tmp_path / "day.market.csv", line())
    gateway = MarketGateway([REPLAY])
    source = ReplaySource(gateway, bus)
    for identity in ("first", "second"):
        ordered(bus, tmp_path / "day.pcap", 1.0, identity)
        source.turn(NOW)
        assert [each.ns for each in gateway.batch(NOW)] == [OPEN_NS]


def test_all_shards_get_the_same_and_latecomers_find_the_newest(bus: Client) -> None:
    gateway = Gateway(["tcp://127.0.0.1:1"], bus)
    for each in (snapshot(), snapshot(ns=LATER), snapshot(symbol="600001")):
        gateway.market.hear("tcp://127.0.0.1:1", each, NOW)
    gateway.publish(NOW)
    newest = [snapshot(symbol="600001"), snapshot(ns=LATER)]
    assert published(bus) == [newest] * len(order_streams())
    assert set(bus.hkeys(NEWEST_KEY)) == {b"SSE:600000", b"SSE:600001"}
    assert bus.xlen(CHANGES_STREAM) == 1
    shown = msgspec.json.decode(bus.get("figures.market"))
    assert (shown["symbols"], shown["is_stale"]) == (2, False)


@pytest.mark.parametrize("text", ["", "http://a:1", "tcp://a", "tcp://a:x", "tcp://:1", "replay"])
def test_what_names_no_source_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        address_of(text)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def until(is_enough: Callable[[], bool]) -> None:
    for _ in range(SECONDS_MAX * 100):
        if is_enough():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {SECONDS_MAX} s")


async def _heard(
    scheme: str, serve: Serve, is_enough: Callable[[MarketGateway], bool]
) -> MarketGateway:
    """A source that talks to a server of ours until enough was heard."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    name = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/market"
    gateway = MarketGateway([name])
    task = asyncio.create_task(SocketSource(name, gateway).run())
    await until(lambda: is_enough(gateway))
    task.cancel()
    server.close()
    return gateway


def heard(scheme: str, serve: Serve, is_enough: Callable[[MarketGateway], bool]) -> MarketGateway:
    return asyncio.run(_heard(scheme, serve, is_enough))


def symbols(gateway: MarketGateway) -> set[str]:
    return {symbol for _, symbol in gateway.source(gateway.in_use).newest}


def test_a_broken_connection_is_made_again() -> None:
    calls: list[int] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        writer.write(snapshots_frame(1, [snapshot(symbol=f"60000{len(calls)}")]))
        await writer.drain()
        writer.close()

    gateway = heard("tcp", serve, lambda gateway: len(symbols(gateway)) == 2)
    assert symbols(gateway) == {"600001", "600002"}


def test_garbage_closes_the_connection_with_a_reason() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()

    gateway = heard("tcp", serve, lambda gateway: bool(gateway.source(gateway.in_use).reason))
    assert "a frame of" in gateway.source(gateway.in_use).reason


def test_nobody_there_is_a_reason_too() -> None:
    async def nobody() -> str:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        name = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        await server.wait_closed()
        gateway = MarketGateway([name])
        task = asyncio.create_task(SocketSource(name, gateway).run())
        await until(lambda: bool(gateway.source(name).reason))
        task.cancel()
        return gateway.source(name).reason

    assert asyncio.run(nobody()).startswith("cannot connect")


def text_frame(payload: bytes, head: int = 0x81) -> bytes:
    size = len(payload)
    length = bytes((size,)) if size < 126 else bytes((126,)) + size.to_bytes(2, "big")
    return bytes((head,)) + length + payload


def handshake(key: bytes) -> bytes:
    guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key + guid).digest())
    return b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"


def test_a_websocket_carries_the_same_messages() -> None:
    answers: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert asked.startswith("GET /market HTTP/1.1\r\n")
        key = asked.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
        batch, beat = snapshots_frame(1, [snapshot()])[4:], heartbeat_frame(2, LATER)[4:]
        writer.write(handshake(key.encode()) + text_frame(batch) + text_frame(b"hi", 0x89))
        writer.write(text_frame(beat[:5], 0x01) + text_frame(beat[5:], 0x80))
        await writer.drain()
        answers.append(await reader.readexactly(8))

    def is_enough(gateway: MarketGateway) -> bool:
        return bool(answers) and gateway.source(gateway.in_use).market_ns == LATER

    assert symbols(heard("ws", serve, is_enough)) == {"600000"}
    assert answers[0] == bytes((0x8A, 0x82, 0, 0, 0, 0)) + b"hi"


NONCE = bytes(16)
OPENED = handshake(base64.b64encode(NONCE))


@given(st.binary(max_size=80), st.lists(st.integers(0, 300), max_size=5))
def test_a_websocket_is_read_however_it_is_cut(payload: bytes, places: list[int]) -> None:
    stream = OPENED + text_frame(payload) + text_frame(payload, 0x82)
    edges = [0, *sorted(place for place in places if place < len(stream)), len(stream)]
    socket = WebSocket(NONCE)
    found: list[bytes] = []
    for at in range(len(edges) - 1):
        found += socket.receive(stream[edges[at] : edges[at + 1]])
    assert found == [payload, payload]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: x\r\n\r\n",
        b"x" * 9_000,
        OPENED + bytes((0x81, 0x81)),
        OPENED + bytes((0x81, 127)) + (1 << 40).to_bytes(8, "big"),
        OPENED + bytes((0x88, 2)) + b"\x03\xe8",
        OPENED + bytes((0x83, 0)),
        OPENED + bytes((0x89, 126)) + (200).to_bytes(2, "big"),
    ],
)
def test_a_server_that_speaks_no_websocket_is_left(data: bytes) -> None:
    with pytest.raises(FrameError):
        list(WebSocket(NONCE).receive(data))


MOVED = indicator(
    "moved", op=Op.RANGE, value_field="last", events=(EventKind.MARKET,), key=("contract",),
    window=WindowKind.SLIDING, length_ms=180_000,
)  # fmt: skip
DEEP = day_indicator(
    "own", op=Op.MAX, value_field="own_live_best5", key=("group", "contract"),
    filters=(FilterSpec(field="in_best5", cmp=Cmp.EQ, value=True),),
)  # fmt: skip
RULES: tuple[RuleSpec, ...] = (
    rule(
        condition("moved", thresholds=thresholds(limit="0.06")),
        code="X01", key=("contract",), indicators=(MOVED,),
    ),
    rule(
        condition("own", unit=Unit.SHARES, thresholds=thresholds(warn="2000", limit="4000")),
        code="X02", key=("group", "contract"), indicators=(DEEP,),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    files = DayFiles.beside(tmp_path_factory.mktemp("market") / "day.pcap")
    SimulatedDay(DayPlan(7, MONDAY, 400, with_day_totals=False), ()).write(files)
    return files


def replayed(day: DayFiles, shards: int) -> list[Alert]:
    base = base_from_labels(day.labels.read_bytes())
    replay = InlineReplay(base, RULES, shards=shards)
    return replay.run(open_captures([day.capture]), CsvReplay([day.market]))


def test_a_day_with_its_market_is_judged_the_same_again_and_over_any_number_of_shards(
    day: DayFiles,
) -> None:
    alerts = replayed(day, 1)
    assert {alert.rule for alert in alerts} == {"X01", "X02"}
    for shards in (1, 2, 4):
        assert replayed(day, shards) == alerts


def staged(day: DayFiles, shards: int) -> list[Alert]:
    """The day through the evaluate stages, the market before each second's events."""
    base = base_from_labels(day.labels.read_bytes())
    heard = InlineReplay(base, ()).events_of(open_captures([day.capture]))
    route, market = Shards(shards), CsvReplay([day.market])
    route.load(base)
    works = [EvaluateStage(number).fresh() for number in range(shards)]
    alerts: list[Alert] = []

    def take(number: int, entry: Entry) -> None:
        for _, blob in works[number].take(packed(entry)).blobs:
            results = unpacked(blob)
            assert isinstance(results, Results)
            alerts.extend(alert for judged in results.judged for alert in judged.alerts)

    for number in range(shards):
        take(number, Load(base, RULES))
    for second, events in groupby(heard, lambda event: event.at_ns // NS_PER_SECOND):
        until_ns = (second + 1) * NS_PER_SECOND
        snapshots, by_shard = list(market.until(until_ns)), list(events)
        for number in range(shards):
            take(number, Market(snapshots, number, shards))
            own = [event for event in by_shard if route.of(event) == number]
            take(number, Heard("a", until_ns - 1, 0, own))
    for number in range(shards):
        take(number, Heard("a", 0, 0, [], is_end=True))
    return sorted(alerts, key=lambda alert: alert.sort_key)


def test_the_running_stages_judge_a_market_the_same_over_any_number_of_shards(
    day: DayFiles,
) -> None:
    alerts = staged(day, 1)
    assert {alert.rule for alert in alerts} == {"X01", "X02"}
    for shards in (1, 2, 4):
        assert staged(day, shards) == alerts


def test_the_simulated_market_is_sound_and_carries_what_rules_ask_for(day: DayFiles) -> None:
    replay = CsvReplay([day.market])
    found = list(replay.until(1 << 62))
    assert replay.refused == 0
    contracts = json.loads(day.labels.read_text())["base"]["contracts"]
    assert {each.symbol for each in found} == {each["symbol"] for each in contracts}
    for each in found:
        assert each.previous_close
        assert each.high_limit
        assert each.low_limit
        if each.bids and each.asks:
            assert each.bids[0][0] < each.asks[0][0]
