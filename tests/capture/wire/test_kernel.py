"""The compiled kernel tells what the Python code tells: messages, events, problems and state."""

import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.io.pcap_files import CaptureFile, NotACapture
from capture.queries import batches, open_captures
from capture.wire import kernel
from capture.wire.binary_layout import Layout
from capture.wire.field_tables import named, named_by_python
from capture.wire.partition import DecodePartition
from capture.wire.pcap_run import Packet, PcapRun
from capture.wire.session import Item
from capture.wire.snapshots import DECODER
from capture.wire.szse.layouts import LAYOUTS
from capture.wire.tap import Batch, Tap
from riskgw.messages.codec import json_line
from riskgw.messages.problem import Problem
from riskgw.shards.entries import Frames
from tests.capture.decoding import CAPTURES
from tests.capture.wire import traffic
from tests.fakes import (
    Conversation,
    captured,
    messages,
    pcap,
    problems,
    szse,
    szse_frame,
    szse_logon,
    szse_order,
)

SHARED = Path(__file__).parents[4] / "shared" / "captures"
OURS = sorted(CAPTURES.rglob("*.pcap*"))
THEIRS = sorted(SHARED.rglob("*.pcap*"))
BLOB_PACKETS = 37
many = settings(max_examples=300, deadline=None)
FIXED = [layout for layout in LAYOUTS.values() if not layout.groups]


class CountingTap(Tap):
    """Counts the packets that took the long way."""

    def __init__(self) -> None:
        super().__init__()
        self.unusual = 0

    def packet(self, at_ns: int, link: int, data: bytes, length: int) -> list[Batch]:
        self.unusual += 1
        return super().packet(at_ns, link, data, length)


def partition(*, is_pure: bool) -> DecodePartition:
    made = DecodePartition("feed.0", 2)
    if is_pure:
        made.tap._ear = None
    return made


def told(batch: Batch) -> tuple[Any, ...]:
    items = [fact(item) for item in batch.items]
    return batch.conn, batch.direction, batch.protocol, batch.at_ns, items, batch.end


def fact(item: Item) -> tuple[Any, ...]:
    if isinstance(item, Problem):
        return tuple(getattr(item, name) for name in Problem.__struct_fields__)
    return item.type, item.name, json_line(item.fields())


def hear(listener: DecodePartition, packets: Sequence[Packet], *, is_end: bool = False) -> Any:
    until_ns = packets[-1][0] if packets else listener.last_packet_ns
    return listener.hear(Frames(until_ns, 0, list(packets), is_end=is_end))


def everything(listener: DecodePartition, blobs: Iterable[Sequence[Packet]]) -> list[Any]:
    """All it says, what it then knows, and what it says of the end."""
    said = [hear(listener, blob) for blob in blobs]
    return [*said, DECODER.dump(listener), hear(listener, [], is_end=True), listener.messages]


def in_blobs(packets: Sequence[Packet], size: int = BLOB_PACKETS) -> list[Sequence[Packet]]:
    return [packets[at : at + size] for at in range(0, len(packets), size)]


def of_file(path: Path, tap: Tap) -> list[Any]:
    return [*map(told, batches(open_captures([path]), tap)), tap.packets, tap.sessions()]


def to_the_end(tap: Tap, runs: Iterable[Sequence[Packet]]) -> list[Any]:
    heard = [told(batch) for batch in tap.heard(runs)]
    return [*heard, *map(told, tap.close()), tap.packets]


def pure_tap() -> Tap:
    tap = Tap()
    tap._ear = None
    return tap


def compare(path: Path) -> None:
    """A capture as a file, and as blobs of a running system."""
    try:
        packets = list(CaptureFile(path))
    except NotACapture:
        return
    assert of_file(path, Tap()) == of_file(path, pure_tap())
    blobs = in_blobs(packets)
    compiled, pure = partition(is_pure=False), partition(is_pure=True)
    assert everything(compiled, blobs) == everything(pure, blobs)


@pytest.mark.kernel
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_captures_are_heard_alike(path: Path) -> None:
    compare(path)


@pytest.mark.kernel
@pytest.mark.shared
@pytest.mark.parametrize("path", THEIRS, ids=lambda path: path.name)
def test_other_captures_are_heard_alike(path: Path) -> None:
    compare(path)


@pytest.mark.kernel
@many
@given(traffic.seeds, st.integers(1, 60))
def test_whatever_a_mirror_does_is_heard_alike(seed: int, size: int) -> None:
    blobs = in_blobs(traffic.mirrored(seed), size)
    compiled, pure = partition(is_pure=False), partition(is_pure=True)
    assert everything(compiled, blobs) == everything(pure, blobs)
    assert to_the_end(Tap(), blobs) == to_the_end(pure_tap(), blobs)


@pytest.mark.kernel
@settings(max_examples=100, deadline=None)
@given(traffic.seeds, st.lists(st.booleans(), min_size=1, max_size=8))
def test_each_goes_on_from_the_others_snapshot(seed: int, turns: list[bool]) -> None:
    """`turns` says who hears the next blob, from the snapshot of who heard the last."""
    packets = traffic.mirrored(seed)
    size = len(packets) // len(turns) + 1
    listener, said = partition(is_pure=True), []
    for is_pure, blob in zip(turns, in_blobs(packets, size), strict=False):
        state = DECODER.dump(listener)
        listener = partition(is_pure=is_pure)
        DECODER.load_into(state, listener)
        said.append(hear(listener, blob))
    last = [DECODER.dump(listener), hear(listener, [], is_end=True), listener.messages]
    assert [*said, *last] == everything(partition(is_pure=True), in_blobs(packets, size))


@pytest.mark.kernel
@settings(max_examples=40, deadline=None)
@given(traffic.seeds, st.booleans(), st.booleans(), st.integers(0, 400))
def test_records_of_a_file_are_read_alike(
    seed: int, is_little: bool, is_nano: bool, cut: int
) -> None:
    packets = traffic.mirrored(seed)
    data = pcap(packets, order="<" if is_little else ">", is_nano=is_nano)
    runs = []
    for _ in range(2):
        run = PcapRun(data[: len(data) - cut], 24, 1)
        run.is_little, run.ns_per_unit = is_little, 1 if is_nano else 1000
        runs.append(run)
    assert kernel.COMPILED is not None
    listener = Listener()
    assert list(kernel.COMPILED.Ear(()).heard(listener, runs[:1])) == []
    assert listener.packets_heard == list(runs[1])
    assert runs[0].at == runs[1].at


class Listener:
    """A tap that knows no connection: all packets go to it."""

    def __init__(self) -> None:
        self._halves: dict[bytes, Any] = {}
        self.packets_heard: list[Packet] = []

    def packet(self, *packet: Any) -> list[Batch]:
        self.packets_heard.append(packet)
        return []


@pytest.mark.kernel
def test_a_record_that_claims_too_much_ends_a_run() -> None:
    size = (1 << 18) + 1
    data = struct.pack("<IIII", 1, 0, size, size) + bytes(size)
    for heard in (list, lambda run: list(Tap().heard([run]))):
        run = PcapRun(data, 0, 1)
        assert heard(run) == []
        assert run.at == 0


@pytest.mark.kernel
def test_the_usual_packets_take_the_short_way() -> None:
    talk, tap = Conversation(), CountingTap()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon()), talk.up(szse_order(0))]
    unusual = len(frames)
    for number in range(100):
        order = szse_order(number)
        frames += [talk.up(order[:50]), talk.up(order[50:]), talk.down(b"")]
    heard = list(tap.heard([captured(frames)]))
    assert sum(len(batch.items) for batch in heard) == 103
    assert tap.unusual <= unusual
    assert tap.packets == len(frames)


@pytest.mark.kernel
def test_packets_that_come_twice_take_the_short_way() -> None:
    talk, tap = Conversation(), CountingTap()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon()), talk.up(szse_order(0))]
    unusual = len(frames)
    frames += [frame for number in range(100) for frame in [talk.up(szse_order(number))] * 2]
    heard = list(tap.heard([captured(frames)]))
    assert sum(len(batch.items) for batch in heard) == 103
    assert tap.unusual <= unusual


@pytest.mark.kernel
def test_a_new_connection_on_the_ports_of_an_old_one_is_not_taken_for_it() -> None:
    frames = []
    for first in (1000, 500_000):
        talk = Conversation(first_seqs=(first, first))
        frames += [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon())]
        frames += [talk.up(szse_order(number)) for number in range(5)]
    tap = CountingTap()
    heard = [told(batch) for batch in tap.heard([captured(frames)])]
    assert heard == [told(batch) for batch in pure_tap().heard([captured(frames)])]
    assert len(heard) == 14
    assert tap.unusual <= 12


@pytest.mark.kernel
def test_a_segment_that_comes_again_with_other_bytes_is_a_conflict() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon())]
    start = talk.seqs[0]
    frames += [talk.up(szse_order(0)), talk.up(szse_order(1), seq=start), talk.up(szse_order(2))]
    assert problems(Tap().heard([captured(frames)])) == [("overlap_conflict", 2)]


@pytest.mark.kernel
def test_a_repeated_segment_that_answers_what_has_not_come_waits_for_it() -> None:
    """Also where the other end's numbers have just begun again."""
    talk = Conversation(first_seqs=(1000, 2**32 - 300))
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon())]
    start = talk.seqs[0]
    frames.append(talk.up(szse_order(0)))
    answer = talk.down(szse(2) + szse_logon())
    frames += [talk.up(szse_order(0), seq=start), answer, talk.up(szse_order(1))]
    said = [everything(partition(is_pure=is_pure), [captured(frames)]) for is_pure in (True, False)]
    assert said[0] == said[1]
    unusual = []
    for count in (6, 7):
        tap = CountingTap()
        list(tap.heard([captured(frames[:count])]))
        unusual.append(tap.unusual)
    assert unusual == [5, 6]


@pytest.mark.kernel
@given(st.sampled_from(FIXED), st.data())
def test_every_field_stands_in_its_row_where_the_table_says(
    layout: Layout, data: st.DataObject
) -> None:
    body = data.draw(st.binary(min_size=layout.size, max_size=layout.size))
    talk, tap = Conversation(), Tap()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon()), talk.up(szse_order(0))]
    frames.append(talk.up(szse_frame(layout.type, body)))
    *_, batch = tap.heard([captured(frames)])
    assert kernel.COMPILED is not None
    assert isinstance(batch, kernel.COMPILED.Records)
    assert batch.layouts == [layout]
    in_row = [
        struct.unpack_from("=" + field.code, batch.rows, field.offset)[0] for field in layout.fields
    ]
    assert in_row == list(layout.struct.unpack(body))
    (message,) = batch.items
    assert (message.type, message.values[:-1]) == (layout.type, tuple(in_row))
    (checksum,) = struct.unpack("=I", batch.rows[layout.size :])
    assert message.values[-1] == checksum


@pytest.mark.kernel
@given(st.sampled_from(FIXED), st.data())
def test_fields_have_the_same_names_and_values(layout: Layout, data: st.DataObject) -> None:
    alphabet = st.sampled_from([b" ", b"\0", b"A", "中".encode(), b"\xff", b"\x80"])
    body = b"".join(data.draw(st.lists(alphabet, max_size=layout.size))).ljust(layout.size)
    values = layout.struct.unpack(body[: layout.size])
    found, expected = named(layout.fields, values), named_by_python(layout.fields, values)
    assert list(found.items()) == list(expected.items())


@pytest.mark.kernel
def test_values_without_a_field_are_refused() -> None:
    for function in (named, named_by_python):
        with pytest.raises(ValueError):  # noqa: PT011  # which of the two is short differs
            function(LAYOUTS[1].fields, ())


@pytest.mark.kernel
def test_a_row_is_a_message_for_whoever_looks() -> None:
    talk, tap = Conversation(), Tap()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon()), talk.up(szse_order(0))]
    frames.append(talk.up(szse_order(1) + szse_order(2)))
    *_, batch = tap.heard([captured(frames)])
    assert isinstance(batch.items, Sequence)
    assert batch.items[1] is list(batch.items)[1]
    assert [fields["ClOrdID"] for *_, fields in messages([batch])] == ["A000000001", "A000000002"]
    assert len(batch.items) == 2


def test_what_was_compiled_of_another_source_is_left_alone() -> None:
    source = b"cdef int x"
    module = SimpleNamespace(SOURCE=kernel.digest(source))
    assert kernel.usable(module, source) is module
    assert kernel.usable(module, source + b"\n") is None
    assert kernel.usable(module, None) is None


def test_who_wants_python_gets_python() -> None:
    command = [sys.executable, "-c", "from capture.wire import kernel; print(kernel.NAME)"]
    done = subprocess.run(
        command,
        env={"RISKGW_PURE": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "pure\n"
