"""A mirrored port heard as conversations: connections begin, lose packets, end and come again."""

import msgspec
import pytest

from capture.wire.packet import ACK, FIN, RST, SYN
from capture.wire.tap import Batch, Numbering, Tap
from capture.wire.tcp_stream import HOLE_NS
from capture.wire.turns import ACKED_HOLE_NS
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.problem import Problem, ProblemKind
from tests.fakes import (
    AT_NS,
    Conversation,
    captured,
    ethernet,
    messages,
    overheard,
    problems,
    szse,
    szse_logon,
    szse_order,
    tcp,
)

CONN = "10.0.0.1:45288>10.0.0.2:8016"
LOGON, HEARTBEAT, STATE = szse_logon(), szse(3), szse(6, PlatformID=1)


def opened(talk: Conversation) -> list[bytes]:
    """Handshake and both logons."""
    return [*talk.open(), talk.up(LOGON), talk.down(szse(1))]


def references(batches: list[Batch]) -> list[str]:
    """Client order ids in the order of their orders."""
    return [fields["ClOrdID"] for _, kind, fields in messages(batches) if kind == 100101]


def names(*numbers: int) -> list[str]:
    return [f"A{number:09}" for number in numbers]


def test_a_conversation_is_heard_in_its_order_with_directions() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)), talk.down(STATE), *talk.close()]
    batches = overheard(captured(frames))
    assert [(direction, kind) for direction, kind, _ in messages(batches)] == [
        ("up", 1),
        ("down", 1),
        ("up", 100101),
        ("down", 6),
    ]
    assert {(batch.conn, batch.protocol) for batch in batches} == {(CONN, "szse")}
    assert problems(batches) == []


def test_a_batch_has_the_time_of_the_packet_that_completed_it() -> None:
    talk = Conversation()
    order = szse_order(1)
    frames = [*opened(talk), talk.up(order[:50]), talk.up(order[50:])]
    assert overheard(captured(frames))[-1].at_ns == AT_NS + 6 * NS_PER_MS


def test_many_messages_in_one_packet_are_one_batch() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(b"".join(map(szse_order, range(15))))]
    assert len(overheard(captured(frames))[-1].items) == 15


def test_every_packet_twice_is_heard_once() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)), talk.up(szse_order(2)), *talk.close()]
    batches = overheard(captured([frame for frame in frames for _ in range(2)]))
    assert references(batches) == names(1, 2)
    assert problems(batches) == []


def test_a_lost_packet_is_one_gap_and_decoding_goes_on() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1))]
    lost = talk.up(szse_order(2))
    frames += [talk.up(szse_order(3)), talk.down(HEARTBEAT), talk.up(szse_order(4))]
    batches = overheard(captured(frames))
    assert lost not in frames
    assert references(batches) == names(1, 3, 4)
    assert problems(batches) == [("gap", len(szse_order(2)))]


@pytest.mark.parametrize(
    ("is_acknowledged", "after_ns", "is_given_up"),
    [
        (True, ACKED_HOLE_NS - 1, False),
        (True, ACKED_HOLE_NS, True),
        (False, HOLE_NS - 1, False),
        (False, HOLE_NS, True),
    ],
)
def test_a_hole_is_given_up_in_time(
    is_acknowledged: bool, after_ns: int, is_given_up: bool
) -> None:
    talk = Conversation()
    tap = Tap()
    for packet in captured(opened(talk)):
        tap.packet(*packet)
    before = talk.seqs[0]
    talk.up(szse_order(1))
    tap.packet(AT_NS, 1, *sized(talk.up(szse_order(2))))
    if not is_acknowledged:
        talk.seqs[0] = before
    batches = tap.packet(AT_NS + after_ns, 1, *sized(talk.down(b"")))
    assert (references(batches) == names(2)) == is_given_up


def sized(frame: bytes) -> tuple[bytes, int]:
    return frame, len(frame)


def test_packets_out_of_order_are_heard_in_order() -> None:
    talk = Conversation()
    first = opened(talk)
    orders = [talk.up(szse_order(number)) for number in range(6)]
    batches = overheard(captured([*first, *orders[::-1], talk.down(HEARTBEAT)]))
    assert references(batches) == names(*range(6))
    assert problems(batches) == []


def test_a_fin_that_overtakes_the_last_order_does_not_lose_it() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.down(b"", flags=FIN | ACK)]
    last, fin = talk.up(szse_order(1)), talk.up(szse_order(2), flags=FIN | ACK)
    batches = overheard(captured([*frames, fin, last]))
    assert references(batches) == names(1, 2)
    assert problems(batches) == []


def test_a_bare_fin_that_overtakes_the_last_order_does_not_end_the_connection() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.down(b"", flags=FIN | ACK)]
    order = szse_order(1)
    halves, fin = [talk.up(order[:60]), talk.up(order[60:])], talk.up(b"", flags=FIN | ACK)
    batches = overheard(captured([*frames, halves[0], fin, halves[1]]))
    assert references(batches) == names(1)
    assert problems(batches) == []


def test_a_loss_just_before_the_fin_is_a_gap() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1))]
    talk.up(szse_order(2))
    batches = overheard(captured([*frames, *talk.close()]))
    assert references(batches) == names(1)
    assert problems(batches) == [("gap", len(szse_order(2)))]


def test_a_connection_whose_both_ends_have_finished_is_closed_before_the_capture_ends() -> None:
    talk = Conversation()
    tap = Tap()
    frames = [*opened(talk), talk.up(szse_order(1)[:9]), *talk.close()]
    heard = [batch for packet in captured(frames) for batch in tap.packet(*packet)]
    assert problems(heard) == [("malformed", 9)]


def test_a_retransmission_with_other_bytes_is_a_conflict() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1))]
    start = talk.seqs[0] - len(szse_order(1))
    frames += [talk.up(szse_order(7), seq=start), talk.up(szse_order(2))]
    batches = overheard(captured(frames))
    assert references(batches) == names(1, 2)
    assert problems(batches) == [("overlap_conflict", 2)]  # one digit, and the checksum
    (told,) = (each for batch in batches for each in batch.items if isinstance(each, Problem))
    place = len(LOGON) + szse_order(1).index(b"A000000001") + 9
    assert f"from byte {place} of the stream" in told.detail


@pytest.mark.parametrize(("keeps_last", "heard"), [(False, 1), (True, 7)])
def test_of_bytes_that_wait_the_first_count_or_by_choice_the_last(
    keeps_last: bool, heard: int
) -> None:
    talk = Conversation()
    frames, start = opened(talk), talk.seqs[0]
    before, order = szse_order(0), szse_order(1)
    frames.append(talk.up(order, seq=start + len(before)))
    frames.append(talk.up(szse_order(7), seq=start + len(before)))
    frames.append(talk.up(before))
    batches = overheard(captured(frames), Tap(keeps_last=keeps_last))
    assert references(batches) == names(0, heard)
    assert [kind for kind, _ in problems(batches)] == ["overlap_conflict"]


def test_keep_alive_probes_say_nothing() -> None:
    talk = Conversation()
    frames = opened(talk)
    frames += [talk.up(b"\xaa", seq=talk.seqs[0] - 1), talk.up(b"", seq=talk.seqs[0] - 1)]
    batches = overheard(captured([*frames, talk.up(szse_order(1))]))
    assert references(batches) == names(1)
    assert problems(batches) == []


@pytest.mark.parametrize("first", [2**32 - 2, 2**32 - 60, 2**32 - 105, 0])
def test_sequence_numbers_wrap_unnoticed(first: int) -> None:
    talk = Conversation(first_seqs=(first, first))
    frames = [*opened(talk), *(talk.up(szse_order(number)) for number in range(3))]
    batches = overheard(captured([*frames, talk.down(STATE)]))
    assert references(batches) == names(0, 1, 2)
    assert problems(batches) == []


def test_a_syn_sent_again_changes_nothing() -> None:
    talk = Conversation()
    again = Conversation()
    frames = [again.syn(), *talk.open(), talk.up(LOGON), Conversation().syn()]
    batches = overheard(captured([*frames, talk.up(szse_order(1))]))
    assert references(batches) == names(1)
    assert problems(batches) == []


def test_data_in_the_syn_is_the_beginning_of_the_stream() -> None:
    talk = Conversation()
    syn = talk.up(LOGON, seq=talk.seqs[0], flags=SYN)
    talk.seqs[0] += 1 + len(LOGON)
    batches = overheard(captured([syn, talk.syn_answer(), talk.up(szse_order(1))]))
    assert [kind for _, kind, _ in messages(batches)] == [1, 100101]
    assert problems(batches) == []


def test_a_new_syn_on_the_same_ports_is_a_new_connection() -> None:
    first, second = Conversation(), Conversation(first_seqs=(500_000, 700_000))
    frames = [*opened(first), first.up(szse_order(1)[:60])]
    frames += [*opened(second), second.up(szse_order(2))]
    batches = overheard(captured(frames))
    assert references(batches) == names(2)
    assert problems(batches) == [("malformed", 60)]


def test_ports_of_foreign_traffic_may_be_used_again_by_ours() -> None:
    foreign, ours = Conversation(), Conversation(first_seqs=(500_000, 700_000))
    frames = [*foreign.open(), foreign.up(b"GET / HTTP/1.1\r\n\r\n"), *opened(ours)]
    assert references(overheard(captured([*frames, ours.up(szse_order(1))]))) == names(1)


def test_a_reset_ends_what_was_unfinished() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)), talk.up(szse_order(2)[:10]), talk.reset()]
    tap = Tap()
    batches = [batch for packet in captured(frames) for batch in tap.packet(*packet)]
    assert references(batches) == names(1)
    assert problems(batches) == [("malformed", 10)]
    assert tap.close() == []


def test_the_text_that_a_reset_carries_is_no_message() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)), talk.up(szse_order(2), flags=RST | ACK)]
    batches = overheard(captured(frames))
    assert references(batches) == names(1)
    assert problems(batches) == []


def test_a_stale_reset_ends_nothing() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)[:60])]
    frames += [talk.up(b"", seq=talk.seqs[0] - 30, flags=RST), talk.up(szse_order(1)[60:])]
    batches = overheard(captured(frames))
    assert references(batches) == names(1)
    assert problems(batches) == []


def test_a_reset_seen_twice_ends_once() -> None:
    talk = Conversation()
    frames = [*opened(talk), talk.up(szse_order(1)), talk.up(szse_order(2)[:10])]
    reset = talk.reset()
    assert problems(overheard(captured([*frames, reset, reset]))) == [("malformed", 10)]


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize("firsts", [(1000, 9000), (1000, 700_000), (500_000, 700_000)])
def test_ports_used_again_are_a_new_connection_with_or_without_an_end(
    is_closed: bool, firsts: tuple[int, int]
) -> None:
    if not is_closed and firsts[0] == 1000:
        return  # nobody could tell this SYN from the old one sent again
    first, second = Conversation(), Conversation(first_seqs=firsts)
    frames = [*opened(first), first.up(szse_order(1)), *(first.close() if is_closed else [])]
    frames += [*opened(second), second.up(szse_order(2)), *second.close()]
    batches = overheard(captured(frames))
    assert references(batches) == names(1, 2)
    assert [kind for _, kind, _ in messages(batches)].count(1) == 4
    assert problems(batches) == []


def test_the_end_of_the_capture_gives_up_holes() -> None:
    talk = Conversation()
    frames = opened(talk)
    talk.up(szse_order(1))
    batches = overheard(captured([*frames, talk.up(szse_order(2))]))
    assert references(batches) == names(2)
    assert problems(batches) == [("gap", len(szse_order(1)))]


def test_mid_stream_is_said_once_and_the_type_tells_the_client() -> None:
    talk = Conversation()
    frames = [talk.down(szse(200102, ClOrdID="A1", ExecType="0")), talk.up(szse_order(1))]
    batches = overheard(captured(frames))
    assert [(direction, kind) for direction, kind, _ in messages(batches)] == [
        ("down", 200102),
        ("up", 100101),
    ]
    assert batches[0].conn == CONN
    assert problems(batches) == [("midstream", 0)]


def test_a_capture_that_begins_inside_a_message_finds_the_next_packet_that_starts_with_one() -> (
    None
):
    talk = Conversation()
    frames = [talk.up(szse_order(1)[40:]), talk.up(szse_order(2)), talk.down(HEARTBEAT)]
    batches = overheard(captured(frames))
    assert references(batches) == names(2)
    assert problems(batches) == [("midstream", len(szse_order(1)) - 40)]


def test_a_connection_without_syn_that_begins_with_a_logon_is_whole() -> None:
    talk = Conversation()
    batches = overheard(captured([talk.up(LOGON), talk.down(szse(1)), talk.up(szse_order(1))]))
    assert [direction for direction, _, _ in messages(batches)] == ["up", "down", "up"]
    assert problems(batches) == []


def test_what_neither_syn_nor_type_assigns_is_released_at_the_end_by_port() -> None:
    talk = Conversation()
    (batch,) = overheard(captured([talk.down(HEARTBEAT), talk.down(HEARTBEAT)]))
    assert (batch.conn, batch.direction) == (CONN, "down")


def test_heartbeats_alone_are_held_back_only_so_long() -> None:
    talk = Conversation()
    tap = Tap()
    frames = [talk.up(HEARTBEAT) for _ in range(300)]
    heard = [batch for packet in captured(frames) for batch in tap.packet(*packet)]
    assert len(messages(heard)) == 300
    assert {batch.direction for batch in heard} == {"up"}


@pytest.mark.parametrize("is_up_seen", [True, False])
def test_one_direction_alone_is_heard(is_up_seen: bool) -> None:
    talk = Conversation()
    up = [talk.syn(), talk.up(LOGON), talk.up(szse_order(1))]
    down = [talk.syn_answer(), talk.down(szse(1)), talk.down(STATE)]
    batches = overheard(captured(up if is_up_seen else down))
    expected = [("up", 1), ("up", 100101)] if is_up_seen else [("down", 1), ("down", 6)]
    assert [(direction, kind) for direction, kind, _ in messages(batches)] == expected
    assert {batch.conn for batch in batches} == {CONN}
    assert problems(batches) == []


def test_packets_cut_off_are_told_once_a_connection_with_what_is_missing() -> None:
    talk = Conversation()
    first = opened(talk)
    packets = captured([*first, *(talk.up(szse_order(number)) for number in range(20))])
    packets = [
        (at_ns, link, frame if place < len(first) else frame[: 60 + place], length)
        for place, (at_ns, link, frame, length) in enumerate(packets)
    ]
    cut = [length - len(frame) for _, _, frame, length in packets if len(frame) < length]
    batches = overheard(packets)
    (told,) = (each for batch in batches for each in batch.items if isinstance(each, Problem))
    assert (told.kind, told.count, told.size) == (ProblemKind.TRUNCATED, len(cut), sum(cut))


@pytest.mark.parametrize(("seconds", "count"), [(59, 1), (60, 2), (600, 2)])
def test_a_long_connection_does_not_keep_it_to_its_end_that_packets_are_cut_off(
    seconds: int, count: int
) -> None:
    talk = Conversation()
    packets = captured(opened(talk))
    for later_ns in (0, seconds * NS_PER_SECOND, (seconds + 1) * NS_PER_SECOND):
        packets.append((AT_NS + later_ns, 1, talk.up(szse_order(1))[:100], 175))
    assert [kind for kind, _ in problems(overheard(packets))] == ["truncated"] * count


def test_truncated_packets_are_reported_and_the_next_whole_message_is_found() -> None:
    talk = Conversation()
    packets = captured([*opened(talk), talk.up(szse_order(1)), talk.up(szse_order(2))])
    at_ns, link, frame, length = packets[-2]
    packets[-2] = (at_ns, link, frame[:100], length)
    batches = overheard(packets)
    assert references(batches) == names(2)
    assert problems(batches) == [("truncated", length - 100)]


def test_foreign_traffic_gives_nothing() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(b"GET / HTTP/1.1\r\n\r\n"), talk.down(b"HTTP/1.1 200 OK\r\n")]
    assert overheard(captured([*frames, talk.up(szse_order(1)), *talk.close()])) == []


def test_a_foreign_connection_with_holes_gives_no_gap_problems() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(b"SSH-2.0-OpenSSH\r\n")]
    talk.up(b"lost")
    assert overheard(captured([*frames, talk.up(b"more"), talk.down(b"answer")])) == []


def test_other_packets_are_only_counted() -> None:
    tap = Tap()
    assert overheard(captured([ethernet(tcp(1), 0x0806), b"", b"\0" * 60]), tap) == []
    assert tap.packets == 3


@pytest.mark.parametrize(("port", "is_heard"), [(8016, True), (45288, True), (8017, False)])
def test_a_tap_may_listen_to_one_port_only(port: int, is_heard: bool) -> None:
    batches = overheard(captured(opened(Conversation())), Tap(only_port=port))
    assert bool(batches) == is_heard


@pytest.mark.parametrize(("protocol", "is_heard"), [("szse", True), ("tds", False)])
def test_a_tap_may_listen_to_one_protocol_only(protocol: str, is_heard: bool) -> None:
    batches = overheard(captured(opened(Conversation())), Tap(protocol))
    assert bool(batches) == is_heard


def test_connections_on_other_ports_do_not_mix() -> None:
    talks = [Conversation(port) for port in (50001, 50002)]
    frames = [frame for pair in zip(*map(opened, talks), strict=True) for frame in pair]
    orders = [talk.up(szse_order(number)) for number, talk in enumerate(talks)]
    batches = overheard(captured(frames + orders))
    assert [(batch.conn[9:14], references([batch])) for batch in batches[-2:]] == [
        ("50001", names(0)),
        ("50002", names(1)),
    ]


def test_problems_have_no_number() -> None:
    numbering = Numbering()
    talk = Conversation()
    batches = overheard(captured([*opened(talk), talk.up(szse_order(1) + szse_order(2))]))
    lost = Problem(ProblemKind.GAP, "")
    batches[-1] = msgspec.structs.replace(batches[-1], items=[lost, *batches[-1].items, lost])
    assert [numbering.first_of(batch) for batch in batches] == [1, 2, 3]
    assert numbering.count == 4
