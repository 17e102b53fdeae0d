"""Captures of an order system and a TDGW simulator, compared with what those wrote down."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.io.pcap_files import CaptureFile
from capture.wire.partition import DecodePartition
from capture.wire.snapshots import DECODER
from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RulesFile
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.event import Event
from riskgw.shards.entries import Frames
from tests.capture.decoding import Decoded, decoded
from tests.capture.wire.tdgw_day import LONELY_ORDER, Day, day, packets_of
from tests.capture.wire.tdgw_peers import Meant, Said
from tests.fakes import (
    Packet,
    pcap,
    pcapng_interface,
    pcapng_packet,
    pcapng_section,
)

ROOT = Path(__file__).parents[2]
ADDRESSES_END, HEADER_BYTES = 34, 54
SNAPLEN = 200
CLIENT_ADDRESS = b"\x0a\x00\x00\x01"
NANOSECONDS = 9


@pytest.fixture(scope="module")
def morning() -> Day:
    return day()


def said(found: Decoded, direction: str) -> list[Said]:
    return [
        Said(direction, int(message.type), message.name, message.fields())
        for sent, message in found.messages
        if sent == direction
    ]


def told(events: list[Event]) -> list[Meant]:
    return [
        Meant(
            event.event.value, event.order_ref or "", event.account or "", event.symbol or "",
            event.side.value if event.side else None, event.price, event.quantity,
            event.cancel_of, event.exec_ref,
        )
        for event in events
    ]  # fmt: skip


def by_kind(facts: list[Any]) -> list[Any]:
    return sorted(facts, key=repr)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_every_message_is_decoded_in_its_order(morning: Day, direction: str) -> None:
    found = decoded(packets_of(morning.connections[:1]))
    assert said(found, direction) == [
        each for each in morning.truth.said if each.direction == direction
    ]


def test_messages_become_the_events_they_stand_for(morning: Day) -> None:
    found = decoded(packets_of(morning.connections[:1]))
    assert by_kind(told(found.events)) == by_kind(morning.truth.meant)
    assert found.problem_kinds() == ["unknown_type"]


def heard(morning: Day) -> list[Packet]:
    """The first connection alone."""
    return packets_of(morning.connections[:1])


def payload(packet: Packet) -> bytes:
    return packet[2][HEADER_BYTES:]


def is_up(packet: Packet) -> bool:
    return packet[2][26:30] == CLIENT_ADDRESS


def with_payload(packet: Packet, start: int, stop: int) -> Packet:
    """The same segment with a part of its payload only."""
    at_ns, link, frame, _ = packet
    part = frame[HEADER_BYTES + start : HEADER_BYTES + stop]
    seq = (int.from_bytes(frame[38:42], "big") + start) % 2**32
    total = 40 + len(part)
    head = frame[:16] + total.to_bytes(2, "big") + frame[18:38] + seq.to_bytes(4, "big")
    changed = head + frame[42:HEADER_BYTES] + part
    return at_ns, link, changed, len(changed)


def repeated_later(packets: list[Packet]) -> list[Packet]:
    """Every segment with data comes again, three packets on."""
    again = list(packets)
    for place in reversed(range(3, len(packets))):
        if payload(packets[place]):
            again.insert(min(place + 3, len(packets)), packets[place])
    return again


def twice(packets: list[Packet]) -> list[Packet]:
    return [packet for packet in packets for _ in range(2)]


def neighbours_swapped(packets: list[Packet]) -> list[Packet]:
    """Segments of one direction that follow each other change places, not their times."""
    swapped: list[Packet] = []
    for _, run in groupby(packets, is_up):
        same_way = list(run)
        frames = [packet[1:] for packet in same_way]
        if all(map(payload, same_way)):
            frames.reverse()
        times = [packet[0] for packet in same_way]
        swapped += [(at_ns, *frame) for at_ns, frame in zip(times, frames, strict=True)]
    return swapped


def overlapping(packets: list[Packet]) -> list[Packet]:
    """Every segment in two parts that share a third of it."""
    parts: list[Packet] = []
    for packet in packets:
        size = len(payload(packet))
        third = size // 3
        cuts = [(0, size - third), (third, size)] if third else [(0, size)]
        parts += [with_payload(packet, *cut) for cut in cuts] if size else [packet]
    return parts


def tagged(packets: list[Packet]) -> list[Packet]:
    return [
        (at_ns, link, frame[:12] + b"\x81\x00\x00\x64" + frame[12:], length + 4)
        for at_ns, link, frame, length in packets
    ]


def same(found: Decoded, expected: Decoded) -> bool:
    """Whether both gave the same messages in each direction, events and problems."""
    return (
        all(said(found, way) == said(expected, way) for way in ("up", "down"))
        and by_kind(told(found.events)) == by_kind(told(expected.events))
        and found.problem_kinds() == expected.problem_kinds()
    )


@pytest.mark.parametrize(
    "variant", [repeated_later, twice, neighbours_swapped, overlapping, tagged]
)
def test_a_fault_that_loses_nothing_changes_nothing(morning: Day, variant: Any) -> None:
    packets = heard(morning)
    changed = variant(packets)
    assert changed != packets
    assert same(decoded(changed), decoded(packets))


@pytest.mark.parametrize("size", [1, 7, 16, 20, 100, 500])
def test_segments_of_any_size_give_the_same(morning: Day, size: int) -> None:
    small = packets_of(morning.connections[:1], size)
    assert len(small) > len(heard(morning))
    assert same(decoded(small), decoded(heard(morning)))


def test_the_whole_day_synchronised_again_gives_every_event_once(morning: Day) -> None:
    found = decoded(packets_of(morning.connections))
    assert by_kind(told(found.events)) == by_kind(morning.truth.meant)
    reports = [message for _, message in found.messages if message.type in (32, 59, 103)]
    assert len(reports) == 2 * len({
        (each["SetID"], each["ReportIndex"]) for each in (report.fields() for report in reports)
    })  # fmt: skip


def test_two_mirrors_of_one_connection_under_another_address_count_reports_once(
    morning: Day,
) -> None:
    """A second gateway passes the same reports on to a subscriber (3.4)."""
    packets = heard(morning)
    elsewhere = [
        (at_ns, link, frame.replace(b"\x0a\x00\x00\x02", b"\x0a\x00\x00\x03"), length)
        for at_ns, link, frame, length in packets
        if not is_up((at_ns, link, frame, length))
    ]
    found = decoded([*packets, *elsewhere])
    numbered = ("confirm", "fill", "cancelled")
    counted = Counter(event.event.value for event in found.events)
    expected = Counter(each.event for each in morning.truth.meant)
    assert {kind: counted[kind] for kind in numbered} == {kind: expected[kind] for kind in numbered}


def test_rules_go_by_the_time_that_messages_state(morning: Day) -> None:
    for event in decoded(heard(morning)).events:
        assert event.time_source == "message"
        assert 0 <= event.at_ns - event.time_ns < NS_PER_SECOND
        assert event.exchange_second == event.time_ns // NS_PER_SECOND


def lonely(packet: Packet) -> bool:
    return is_up(packet) and f"J{LONELY_ORDER:09}".encode() in packet[2]


def test_a_lost_order_is_one_gap_and_everything_else_is_there(morning: Day) -> None:
    packets = heard(morning)
    rest = [packet for packet in packets if not lonely(packet)]
    assert len(rest) == len(packets) - 1
    found = decoded(rest)
    missing = [each for each in morning.truth.meant if each.order_ref != f"J{LONELY_ORDER:09}"]
    assert len(missing) == len(morning.truth.meant) - 1
    assert by_kind(told(found.events)) == by_kind(missing)
    assert sorted(found.problem_kinds()) == ["gap", "unknown_type"]
    sizes = [problem.size for problem in found.problems if problem.kind == "gap"]
    assert sizes == [16 + 125 + 4]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_one_direction_alone_gives_what_it_says(morning: Day, direction: str) -> None:
    packets = [packet for packet in heard(morning) if is_up(packet) == (direction == "up")]
    found = decoded(packets)
    assert said(found, direction) == [
        each for each in morning.truth.said if each.direction == direction
    ]
    up_events = ("order", "cancel")
    meant = [
        each for each in morning.truth.meant if (each.event in up_events) == (direction == "up")
    ]
    if direction == "up":
        assert by_kind(told(found.events)) == by_kind(meant)
        assert found.problem_kinds() == []
        return
    # Answers that carry no account find none, and 204 does not say what it refuses.
    kinds = Counter(event.event.value for event in found.events)
    unknown = Counter(each.event for each in meant)
    unknown.update(reject=1, cancel_reject=-1)
    assert kinds == unknown
    assert Counter(found.problem_kinds()) == {"orphan": 3, "unknown_type": 1}
    assert {event.account for event in found.events if event.event == "cancel_reject"} == {None}


@pytest.mark.parametrize("first", range(1, 40, 3))
def test_a_capture_that_begins_anywhere_invents_nothing(morning: Day, first: int) -> None:
    found = decoded(heard(morning)[first:])
    everything = {repr(each._replace(account="")) for each in morning.truth.meant}
    for event in told(found.events):
        # A refused cancel whose request was not seen looks like a refused order.
        known = event.event == "reject" or repr(event._replace(account="")) in everything
        assert known, event
    for direction in ("up", "down"):
        all_said = [each for each in morning.truth.said if each.direction == direction]
        heard_of = said(found, direction)
        assert heard_of == all_said[len(all_said) - len(heard_of) :]


def test_mid_stream_the_orders_behind_the_start_are_decoded(morning: Day) -> None:
    packets = heard(morning)
    first = next(place for place, each in enumerate(packets) if b"J000000001" in each[2])
    found = decoded(packets[first:])
    assert by_kind(told(found.events)) == by_kind(morning.truth.meant)
    assert Counter(found.problem_kinds())["midstream"] == 1


def test_cut_packets_give_only_messages_that_are_whole(morning: Day) -> None:
    cut = [(at, link, frame[:SNAPLEN], length) for at, link, frame, length in heard(morning)]
    found = decoded(cut)
    everything = {repr(each) for each in morning.truth.said}
    assert {repr(each) for way in ("up", "down") for each in said(found, way)} <= everything
    assert "truncated" in found.problem_kinds()
    refs = {event.order_ref for event in found.orders()}
    assert f"J{LONELY_ORDER:09}" in refs
    assert "J000000002" not in refs  # the second order of a long segment


def test_nanosecond_and_pcapng_files_give_the_same(morning: Day, tmp_path: Path) -> None:
    packets = heard(morning)
    exact = pcapng_section() + pcapng_interface([(NANOSECONDS, bytes([9]))])
    exact += b"".join(pcapng_packet(packet[0], packet[2]) for packet in packets)
    contents = {"nano.pcap": pcap(packets, is_nano=True), "day.pcapng": exact}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        found = list(CaptureFile(tmp_path / name))
        assert found == packets
        assert same(decoded(found), decoded(packets))


def test_noise_inside_the_connection_gives_no_message(morning: Day) -> None:
    random = Random(20251127)
    (passed, *_) = morning.connections
    noise = [passed[0]._replace(end=end, data=random.randbytes(3000)) for end in (0, 1)]
    found = decoded(packets_of([[*passed[:4], *noise, *passed[4:]]]))
    everything = {repr(each) for each in morning.truth.said}
    heard_of = {repr(each) for way in ("up", "down") for each in said(found, way)}
    assert heard_of <= everything
    assert len(heard_of) > len(everything) // 2
    assert set(found.problem_kinds()) <= {"malformed", "checksum", "unknown_type", "orphan"}


few = settings(max_examples=30, deadline=None)


@few
@given(st.data())
def test_packets_that_are_lost_or_cut_invent_nothing(data: st.DataObject) -> None:
    packets = heard(day())
    lost = data.draw(st.sets(st.integers(0, len(packets) - 1)))
    size = data.draw(st.sampled_from([54, 60, 96, 200, 1600]))
    rest = [
        (at_ns, link, frame[:size] if place % 3 == 0 else frame, length)
        for place, (at_ns, link, frame, length) in enumerate(packets)
        if place not in lost
    ]
    found = decoded(rest)
    everything = {repr(each) for each in day().truth.said}
    assert {repr(each) for way in ("up", "down") for each in said(found, way)} <= everything
    assert {event.order_ref for event in found.orders()} <= {
        each.order_ref for each in day().truth.meant
    }


@few
@given(st.data())
def test_damaged_packets_never_raise(data: st.DataObject) -> None:
    packets = heard(day())
    for place in data.draw(st.lists(st.integers(0, len(packets) - 1), min_size=1, max_size=10)):
        at_ns, link, frame, length = packets[place]
        start = data.draw(st.integers(0, len(frame)))
        wrong = data.draw(st.binary(min_size=1, max_size=8))
        packets[place] = (at_ns, link, frame[:start] + wrong + frame[start + len(wrong) :], length)
    for _, each in decoded(packets).messages:
        json.dumps(each.fields())


def partition_heard(partition: DecodePartition, packets: list[Packet]) -> list[Event]:
    shards, _ = partition.hear(Frames(packets[-1][0], 0, packets))
    return [event for events in shards for event in events]


@few
@given(st.data())
def test_a_decode_partition_goes_on_from_its_snapshot(data: st.DataObject) -> None:
    packets = packets_of(day().connections)
    cut = data.draw(st.integers(1, len(packets) - 1))
    first, second = packets[:cut], packets[cut:]
    whole = DecodePartition("feed.0", 1)
    expected = partition_heard(whole, packets)
    old, new = DecodePartition("feed.0", 1), DecodePartition("feed.0", 1)
    events = partition_heard(old, first)
    DECODER.load_into(DECODER.dump(old), new)
    events += partition_heard(new, second)
    assert events == expected


def run(home: Path, *words: object) -> list[dict[str, Any]]:
    """JSON lines of a management command in a process of its own."""
    environment = {**os.environ, "RISKGW_HOME": str(home)}
    command = [sys.executable, "manage.py", *map(str, words)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_decode_shows_the_protocol_its_messages_and_its_events(
    morning: Day, tmp_path: Path
) -> None:
    path = tmp_path / "day.pcap"
    path.write_bytes(pcap(heard(morning), is_nano=True))
    *found, summary = run(tmp_path / "home", "decode", path, "--events", "--protocol", "tdgw")
    shown = [line for line in found if line["kind"] == "message"]
    assert {line["protocol"] for line in shown} == {"tdgw"}
    assert [(line["dir"], line["type"], line["name"], line["fields"]) for line in shown] == [
        (message, int(each.type), each.name, each.fields())
        for message, each in decoded(heard(morning)).messages
    ]
    assert summary["messages"]["tdgw"] == dict(
        Counter(str(each.kind) for each in morning.truth.said)
    )
    assert summary["events"] == dict(Counter(each.event for each in morning.truth.meant))
    order = next(line for line in found if line["kind"] == "event")
    assert (order["exchange"], order["symbol"], order["side"]) == ("SSE", "600519", "buy")
    assert (order["price"], order["quantity"]) == ("11.62501", "300")
    (home,) = [run(tmp_path / "home", "decode", path, "--protocol", "szse")]
    assert home[-1]["messages"] == {}


def test_replay_takes_it_too(morning: Day, tmp_path: Path) -> None:
    capture, rules, base = (tmp_path / name for name in ("day.pcap", "rules.json", "base.json"))
    capture.write_bytes(pcap(heard(morning), is_nano=True))
    rules.write_bytes(msgspec.json.encode(RulesFile(tuple(shipped_rules()))))
    base.write_text('{"base": {"accounts": [], "contracts": []}}')
    words = ("replay", capture, "--inline", "--rules", rules, "--base", base)
    *_, summary = run(tmp_path / "home", *words)
    assert summary["messages"] == len(morning.truth.said)
    assert summary["events"] == len(morning.truth.meant)
