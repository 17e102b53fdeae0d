"""What a decode partition says of its TCP sessions, and of the place where something is wrong."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.excerpts import LOG_ON_BYTES_MAX, hex_shown
from capture.wire.packet import tcp_segment
from capture.wire.partition import DecodePartition
from capture.wire.sessions import CONNECTIONS_LOOKED_AT_MAX, ENDED_MAX, SESSIONS_SHOWN_MAX
from capture.wire.snapshots import DECODER
from riskgw.messages.problem import EXCERPT_BYTES_MAX
from riskgw.shards.entries import Frames, Trouble
from tests.capture.decoding import packets
from tests.fakes import AT_NS, Conversation, Packet, captured, szse_logon, szse_order

PASSWORD = b"secret"
LOGON = szse_logon()


def heard(frames: list[bytes], *, is_end: bool = False) -> tuple[DecodePartition, list[Trouble]]:
    partition = DecodePartition("feed.0", 1)
    _, troubles = partition.hear(Frames(0, 0, captured(frames), is_end=is_end))
    return partition, troubles


def rows(partition: DecodePartition) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = partition.tap.sessions()["rows"]
    return found


def orders(talk: Conversation, *numbers: int) -> list[bytes]:
    return [talk.up(szse_order(number)) for number in numbers]


def test_a_session_says_who_talks_to_whom_and_what_was_counted() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(LOGON), talk.down(szse_logon()), *orders(talk, 1, 2)]
    (row,) = rows(heard(frames)[0])
    assert (row["conn"], row["protocol"], row["state"]) == (
        "10.0.0.1:45288>10.0.0.2:8016", "szse", "open",
    )  # fmt: skip
    assert (row["messages"], row["events"], row["problems"], row["gaps"]) == (4, 2, 0, 0)
    assert (row["since_ns"], row["last_ns"]) == (AT_NS, AT_NS + 6_000_000)
    assert row["bytes"] == 2 * len(LOGON) + 2 * len(szse_order(1))
    assert row["user"] != ""
    assert row["origin"] != ""


def test_a_lost_packet_shows_as_a_gap_of_so_many_bytes() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(LOGON), *orders(talk, 1, 2, 3), *talk.close()]
    del frames[5]
    (row,) = rows(heard(frames, is_end=True)[0])
    assert (row["gaps"], row["lost_bytes"], row["problems"]) == (1, len(szse_order(2)), 1)


def test_states_tell_closed_half_and_undetected_sessions_apart() -> None:
    closed, half, quiet = (Conversation(port) for port in (40001, 40002, 40003))
    frames = [
        *closed.open(), closed.up(LOGON), *orders(closed, 1), *closed.close(),
        half.up(LOGON), *orders(half, 2),
        *quiet.open(),
    ]  # fmt: skip
    states = {row["conn"].partition(">")[0]: row["state"] for row in rows(heard(frames)[0])}
    assert states == {
        "10.0.0.1:40001": "closed",
        "10.0.0.1:40002": "half",
        "10.0.0.1:40003": "undetected",
    }


def test_after_the_capture_its_sessions_are_remembered_as_closed() -> None:
    talk = Conversation()
    partition, _ = heard([*talk.open(), talk.up(LOGON), *orders(talk, 1)], is_end=True)
    (row,) = rows(partition)
    assert (row["state"], row["messages"]) == ("closed", 2)


def test_ports_that_are_used_again_are_another_session() -> None:
    first, second = Conversation(), Conversation(first_seqs=(50_000, 70_000))
    frames = [*first.open(), first.up(LOGON), *orders(first, 1, 2), *first.close()]
    frames += [*second.open(), second.up(LOGON), *orders(second, 3)]
    found = rows(heard(frames)[0])
    assert [(row["state"], row["messages"]) for row in found] == [("open", 2), ("closed", 3)]


def test_the_list_holds_those_last_heard_and_says_how_many_there_are() -> None:
    talks = [Conversation(10_000 + port) for port in range(SESSIONS_SHOWN_MAX + 5)]
    frames = [frame for talk in talks for frame in (talk.up(LOGON), *orders(talk, 1))]
    partition, _ = heard(frames)
    told = partition.tap.sessions()
    assert told["total"] == SESSIONS_SHOWN_MAX + 5
    assert len(told["rows"]) == SESSIONS_SHOWN_MAX
    assert told["rows"][0]["conn"].startswith(f"10.0.0.1:{10_000 + SESSIONS_SHOWN_MAX + 4}>")


def test_of_very_many_connections_the_oldest_and_the_newest_are_looked_at() -> None:
    count = CONNECTIONS_LOOKED_AT_MAX + 100
    frames = [Conversation(10_000 + port).up(LOGON + szse_order(1)) for port in range(count)]
    partition, _ = heard(frames)
    oldest = Conversation(10_000)
    oldest.seqs[0] += len(LOGON + szse_order(1))
    partition.hear(Frames(0, 0, captured(orders(oldest, 2), at_ns=AT_NS + 10**12)))
    found = [row["conn"].partition(">")[0] for row in rows(partition)]
    assert found[:2] == ["10.0.0.1:10000", f"10.0.0.1:{10_000 + count - 1}"]


def test_sessions_that_are_over_are_remembered_up_to_a_limit() -> None:
    talks = [Conversation(10_000 + port) for port in range(ENDED_MAX + 7)]
    frames = [frame for talk in talks for frame in (talk.up(LOGON), *orders(talk, 1))]
    partition, _ = heard(frames, is_end=True)
    assert partition.tap.sessions()["total"] == ENDED_MAX


def test_a_restored_partition_says_the_same_of_its_sessions() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(LOGON), *orders(talk, 1, 2), *talk.close()]
    partition, _ = heard(frames, is_end=True)
    again = DecodePartition("feed.0", 1)
    DECODER.load_into(DECODER.dump(partition), again)
    assert rows(again) == rows(partition)


def test_a_damaged_message_is_shown_with_its_place_in_the_stream() -> None:
    talk = Conversation()
    damaged = bytearray(szse_order(2))
    damaged[20] ^= 0xFF
    frames = [*talk.open(), talk.up(LOGON), *orders(talk, 1), talk.up(bytes(damaged))]
    _, (trouble,) = heard([*frames, *orders(talk, 3)])
    place = len(LOGON) + len(szse_order(1))
    assert (trouble.kind, trouble.position, trouble.direction) == ("checksum", place, "up")
    assert trouble.excerpt == damaged[:EXCERPT_BYTES_MAX].hex()


@settings(max_examples=40)
@given(st.integers(1, 300))
def test_the_place_does_not_depend_on_how_the_bytes_were_cut(step: int) -> None:
    talk = Conversation()
    damaged = bytearray(szse_order(2))
    damaged[20] ^= 0xFF
    data = LOGON + szse_order(1) + bytes(damaged) + szse_order(3)
    frames = [*talk.open(), *(talk.up(data[at : at + step]) for at in range(0, len(data), step))]
    _, (trouble,) = heard([*frames, *talk.close()])
    assert trouble.position == len(LOGON) + len(szse_order(1))
    assert trouble.excerpt.startswith(damaged[:24].hex())


def test_a_hole_is_placed_where_it_begins_and_has_no_bytes() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(LOGON), *orders(talk, 1, 2, 3), *talk.close()]
    del frames[5]
    _, (trouble,) = heard(frames, is_end=True)
    place = len(LOGON) + len(szse_order(1))
    assert (trouble.kind, trouble.position, trouble.excerpt) == ("gap", place, "")


@settings(max_examples=60)
@given(st.integers(0, len(LOGON) - 1), st.integers(1, 255), st.booleans())
def test_a_damaged_logon_never_shows_its_password(at: int, flip: int, is_whole: bool) -> None:
    talk = Conversation()
    damaged = bytearray(LOGON)
    damaged[at] ^= flip
    frames = [*(talk.open() if is_whole else []), talk.up(bytes(damaged)), *orders(talk, 1, 2)]
    _, troubles = heard([*frames, *talk.close()], is_end=True)
    assert_hidden(troubles)


def assert_hidden(troubles: list[Trouble]) -> None:
    for trouble in troubles:
        for start in range(len(PASSWORD) - 3):
            assert PASSWORD[start : start + 4].hex() not in trouble.excerpt


def test_a_logon_that_comes_again_is_hidden_behind_its_header() -> None:
    shown = hex_shown(LOGON[:EXCERPT_BYTES_MAX], 5000)
    assert shown.startswith(LOGON[:6].hex())
    assert set(shown[12:]) == {"*"}


def test_a_password_between_tags_is_hidden_and_the_rest_is_not() -> None:
    data = b"8=STEP.1.0\x01554=s3cret\x0198=0\x01"
    shown = hex_shown(data, 5000)
    assert b"s3cret".hex() not in shown
    assert b"98=0".hex() in shown


@given(st.binary(max_size=EXCERPT_BYTES_MAX), st.integers(0, 300))
def test_hidden_or_shown_each_byte_takes_two_characters(data: bytes, position: int) -> None:
    shown = hex_shown(data, position)
    assert len(shown) == 2 * len(data)
    hidden = max(0, LOG_ON_BYTES_MAX - position)
    assert set(shown[: 2 * hidden]) <= {"*"}


@pytest.mark.parametrize("at", range(0, 120, 5))
def test_a_damaged_tds_log_in_shows_none_of_its_bytes(at: int) -> None:
    talk = packets("tds/pymssql_batch.pcap")
    place = next(place for place, packet in enumerate(talk) if payload_of(packet)[:1] == b"\x10")
    at_ns, link, data, length = talk[place]
    damaged = bytearray(data)
    damaged[len(data) - len(payload_of(talk[place])) + at] ^= 0x5A
    partition = DecodePartition("feed.0", 1)
    heard = [*talk[:place], (at_ns, link, bytes(damaged), length)]
    _, troubles = partition.hear(Frames(0, 0, heard, is_end=True))
    assert [trouble.excerpt for trouble in troubles if trouble.direction == "up"] in ([], [""])


def payload_of(packet: Packet) -> bytes:
    segment = tcp_segment(packet[1], packet[2], packet[3])
    payload = segment[4] if isinstance(segment, tuple) else b""
    assert isinstance(payload, bytes)
    return payload
