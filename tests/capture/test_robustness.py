"""Captures cut, shuffled, repeated and damaged, and noise: nothing raises, nothing is invented."""

import time
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.packet import ETHERNET
from riskgw.messages.codec import json_line
from riskgw.messages.event import Event, event_line
from tests.capture.decoding import Decoded, decoded, packets
from tests.fakes import AT_NS, Conversation, Packet, captured, szse, szse_logon

CAPTURES = {
    name: packets(name)
    for name in ("szse/szse_session.pcap", "tds/pymssql_batch.pcap", "tds/pytds_executesql.pcap")
}
NOISE_SECONDS_MAX = 10
US = 1000
NEIGHBOURS_SWAPPED_MAX = 8
LOG_IN_PACKETS = 5
few = settings(max_examples=40, deadline=None)
captures = st.sampled_from(sorted(CAPTURES))


def facts(found: Decoded) -> list[str]:
    """Orders and cancels by what they say, whenever they were seen."""
    return sorted(fact(event, event.origin) for event in found.orders())


def fact(event: Event, origin: str) -> str:
    return repr((event.event, origin, event.order_ref, event.fields))


def outcomes(found: Decoded) -> list[tuple[str, str | None]]:
    return [(fact(event, event.origin), event.outcome) for event in found.events]


def swapped(heard: list[Packet], data: st.DataObject) -> list[Packet]:
    """Neighbours change places, one after the other: what a packet holds may move by several."""
    frames = [packet[1:] for packet in heard]
    places = st.integers(0, len(frames) - 2)
    for place in data.draw(st.lists(places, max_size=NEIGHBOURS_SWAPPED_MAX)):
        frames[place], frames[place + 1] = frames[place + 1], frames[place]
    return [(packet[0], *frame) for packet, frame in zip(heard, frames, strict=True)]


def close_together(heard: list[Packet]) -> list[Packet]:
    return [(AT_NS + place * US, *packet[1:]) for place, packet in enumerate(heard)]


def print_all(found: Decoded) -> None:
    """Everything found can be written as JSON."""
    for _, message in found.messages:
        json_line(message.fields())
    for number, event in enumerate(found.events):
        json_line(event_line(event, number))


@few
@given(captures, st.data())
def test_neighbours_that_changed_places_change_no_order(name: str, data: st.DataObject) -> None:
    heard = CAPTURES[name]
    assert facts(decoded(swapped(heard, data))) == facts(decoded(heard))


@few
@given(captures, st.data())
def test_neighbours_that_changed_places_at_once_leave_answers_with_their_requests(
    name: str, data: st.DataObject
) -> None:
    """As a mirror's queues change them, within microseconds: nothing at all is different."""
    heard = close_together(CAPTURES[name])
    # Before the first request there is nothing that could be waited for.
    found = decoded([*heard[:LOG_IN_PACKETS], *swapped(heard[LOG_IN_PACKETS:], data)])
    assert outcomes(found) == outcomes(decoded(heard))
    assert found.problem_kinds() == decoded(heard).problem_kinds()


@few
@given(captures, st.data())
def test_packets_seen_again_later_change_nothing(name: str, data: st.DataObject) -> None:
    heard = CAPTURES[name]
    again = list(heard)
    for place in data.draw(st.lists(st.integers(5, len(heard) - 1), max_size=8)):
        later = data.draw(st.integers(place, min(place + 4, len(heard) - 1)))
        again.insert(later, heard[place])
    found = decoded(again)
    assert facts(found) == facts(decoded(heard))
    assert "overlap_conflict" not in found.problem_kinds()


@few
@given(captures, st.data())
def test_packets_that_are_lost_or_cut_invent_no_order(name: str, data: st.DataObject) -> None:
    heard = CAPTURES[name]
    lost = data.draw(st.sets(st.integers(0, len(heard) - 1)))
    size = data.draw(st.sampled_from([54, 60, 96, 200, 1600]))
    rest = [
        (at_ns, link, frame[:size] if place % 3 == 0 else frame, length)
        for place, (at_ns, link, frame, length) in enumerate(heard)
        if place not in lost
    ]
    sent = decoded(heard).orders()
    # Where the log-on was lost, nobody knows the database.
    known = {fact(event, origin) for event in sent for origin in (event.origin, "")}
    assert set(facts(decoded(rest))) <= known


@few
@given(captures, st.data())
def test_damaged_packets_never_raise(name: str, data: st.DataObject) -> None:
    heard = CAPTURES[name]
    damaged = list(heard)
    for place in data.draw(st.lists(st.integers(0, len(heard) - 1), min_size=1, max_size=10)):
        at_ns, link, frame, length = damaged[place]
        start = data.draw(st.integers(0, len(frame)))
        wrong = data.draw(st.binary(min_size=1, max_size=8))
        damaged[place] = (at_ns, link, frame[:start] + wrong + frame[start + len(wrong) :], length)
    print_all(decoded(damaged))


def conversations_of_noise(megabytes: int, random: Random) -> list[Packet]:
    """Mid-stream connections of 256 KB that carry random bytes up and down."""
    frames: list[bytes] = []
    for number in range(megabytes * 4):
        talk = Conversation(50_000 + number)
        for _ in range(90):
            frames += [talk.up(random.randbytes(1400)), talk.down(random.randbytes(1400))]
    return captured(frames)


def frames_of_noise(megabytes: int, random: Random) -> list[Packet]:
    """Random bytes as frames, some of which say that they are IPv4 or IPv6."""
    kinds = (b"\x08\x00\x45", b"\x86\xdd\x60", b"\x81\x00", b"")
    frames = []
    for number in range(megabytes * 750):
        frame = random.randbytes(1400)
        kind = kinds[number % 4]
        frames.append(frame[:12] + kind + frame[12 + len(kind) :])
    return [(AT_NS, ETHERNET, frame, len(frame)) for frame in frames]


@pytest.mark.parametrize("noise", [conversations_of_noise, frames_of_noise])
def test_ten_megabytes_of_noise_are_passed_over_in_time(
    noise: Callable[[int, Random], list[Packet]],
) -> None:
    heard = noise(10, Random(20251127))
    started = time.process_time()
    found = decoded(heard)
    assert time.process_time() - started < NOISE_SECONDS_MAX
    assert (found.messages, found.events) == ([], [])


def test_noise_inside_a_known_connection_gives_no_message() -> None:
    random, talk = Random(20251127), Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    for _ in range(400):
        frames += [talk.up(random.randbytes(1400)), talk.down(random.randbytes(1400))]
    found = decoded(captured([*frames, talk.up(szse(3))]))
    assert [message.type for _, message in found.messages] == [1, 1, 3]
    assert found.problem_kinds() == ["malformed", "malformed"]
