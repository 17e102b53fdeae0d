"""Several sessions over one connection: told apart, cut anywhere, found again after loss."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.session import Match
from capture.wire.tds.messages import Answer
from capture.wire.tds.packets import MESSAGE_BYTES_MAX, PacketFramer, TdsPacketMessage
from capture.wire.tds.session import begins, recognise
from capture.wire.tds.smp import (
    SMP_FRAME_BYTES_MAX,
    SMP_HEADER_BYTES,
    SMP_SESSIONS_MAX,
    frame_at,
)
from riskgw.messages.problem import Problem
from tests.capture.wire.sql_client import SqlClient, insert
from tests.capture.wire.tds.dialogue import (
    RESULT,
    SQL_BATCH,
    batch,
    counted,
    done,
    message,
    packet,
    response,
    smp,
    table,
    told,
    transaction,
)

SYN, ACK, FIN, DATA = 1, 2, 4, 8
Turns = list[tuple[int, bytes]]


def data(payload: bytes, session: int = 1) -> bytes:
    return smp(DATA, payload, session=session)


def opened(*sessions: int) -> Turns:
    return [(0, smp(SYN, session=number)) for number in sessions]


def heard(turns: Turns) -> SqlClient:
    client = SqlClient()
    for end, sent in turns:
        client.turn(end, sent)
    return client.leave()


def test_an_answer_belongs_to_the_request_of_its_own_session() -> None:
    client = heard([
        *opened(1, 2),
        (0, data(batch(insert(1)), 1)),
        (0, data(batch(insert(2)), 2)),
        (1, data(response(done(2)), 2)),
        (1, data(response(counted()), 1)),
    ])  # fmt: skip
    assert client.events() == [("order", "J1", "accepted")]
    assert client.troubles() == ["not_effective"]


def test_a_packet_may_span_frames_and_other_sessions_come_between() -> None:
    question = batch(insert(1))
    turns = [(0, data(question[:5])), (0, data(batch(insert(2)), 2)), (0, data(question[5:]))]
    answers = [(1, data(response(counted()), 2)), (1, data(response(counted()), 1))]
    client = heard([*opened(1, 2), *turns, (1, smp(ACK)), *answers])
    assert client.orders() == ["J2", "J1"]


def test_a_message_of_several_packets_may_span_frames() -> None:
    question = message(SQL_BATCH, batch(insert(1))[8:], size=64)
    frames = [(0, data(question[at : at + 100])) for at in range(0, len(question), 100)]
    client = heard([*opened(1), *frames, (1, data(response(counted())))])
    assert client.orders() == ["J1"]


def test_what_is_before_multiplexing_stays_outside_of_it() -> None:
    client = SqlClient().ask(batch(insert(1)), counted())
    client.turn(0, smp(SYN))
    client.turn(0, data(batch(insert(2))))
    client.turn(1, data(response(counted())))
    assert client.orders() == ["J1", "J2"]


def test_sessions_share_their_transaction() -> None:
    client = heard([
        *opened(1, 2),
        (0, data(transaction(5), 1)), (1, data(response(told(8), done()), 1)),
        (0, data(batch(insert(1)), 2)), (1, data(response(counted()), 2)),
        (0, data(transaction(8), 1)), (1, data(response(told(10), done()), 1)),
    ])  # fmt: skip
    assert (client.orders(), client.troubles()) == ([], ["not_effective"])


def test_what_a_closed_session_asked_is_unanswered() -> None:
    client = SqlClient()
    for end, sent in [*opened(1), (0, data(batch(insert(1)))), (0, smp(FIN)), (1, smp(FIN))]:
        client.turn(end, sent)
    assert client.events() == [("order", "J1", "unanswered")]
    assert client.leave().troubles() == ["unanswered"]


def test_a_session_number_may_be_used_again() -> None:
    client = SqlClient()
    for number in (1, 2):
        for end, sent in [*opened(5), (0, data(batch(insert(number)), 5)),
                          (1, data(response(counted()), 5)),
                          (0, smp(FIN, session=5)), (1, smp(FIN, session=5))]:  # fmt: skip
            client.turn(end, sent)
    assert (client.orders(), client.troubles()) == (["J1", "J2"], [])


def test_a_session_cut_inside_a_message_is_malformed() -> None:
    client = heard([*opened(1), (0, data(batch(insert(1))[:50])), (0, smp(FIN))])
    assert (client.orders(), client.troubles()) == ([], ["malformed"])


def test_mid_stream_sessions_are_found_at_their_next_message() -> None:
    whole = [data(batch(insert(1))[30:]), data(batch(insert(2))), data(batch(insert(3)), 2)]
    client = SqlClient(is_whole=False)
    client.turn(0, b"".join(whole))
    client.turn(1, data(response(counted())) + data(response(counted()), 2))
    assert client.orders() == ["J2", "J3"]
    assert set(client.troubles()) == {"midstream"}


def test_after_a_loss_multiplexing_is_found_again() -> None:
    client = heard([*opened(1), (0, data(batch(insert(1)))), (1, data(response(counted())))])
    later = SqlClient(client.feed)
    for end, sent in opened(1):
        later.turn(end, sent)
    later.lose(0)
    later.turn(0, b"rest of a frame" + data(batch(insert(2))))
    later.turn(1, data(response(counted())))
    assert later.orders() == ["J2"]


@pytest.mark.parametrize(
    "start",
    [smp(SYN) + smp(SYN, session=2), smp(ACK) + data(b"anything"), data(batch("select 1"))],
)
def test_multiplexing_is_recognised_mid_stream_only(start: bytes) -> None:
    assert recognise(start, is_stream_start=False) is Match.YES
    assert recognise(start[:20], is_stream_start=False) is Match.MAYBE
    assert recognise(start, is_stream_start=True) is Match.NO
    assert not begins(start)


@pytest.mark.parametrize("start", [b"SSH-2.0-OpenSSH_9.2\r\n", b"S\x08" + bytes(30), smp(3) * 2])
def test_other_bytes_are_no_multiplexing(start: bytes) -> None:
    assert recognise(start, is_stream_start=False) is Match.NO


@pytest.mark.parametrize(
    ("flag", "size", "is_frame"),
    [
        (DATA, SMP_HEADER_BYTES, False),
        (DATA, SMP_HEADER_BYTES + 1, True),
        (DATA, SMP_FRAME_BYTES_MAX, True),
        (DATA, SMP_FRAME_BYTES_MAX + 1, False),
        (SYN, SMP_HEADER_BYTES, True),
        (SYN, SMP_HEADER_BYTES + 1, False),
    ],
)
def test_lengths_of_frames(flag: int, size: int, is_frame: bool) -> None:
    header = smp(flag)[:4] + size.to_bytes(4, "little") + bytes(8)
    assert (frame_at(header, 0) is not None) == is_frame


def test_more_sessions_than_the_limit_are_reported_and_not_kept() -> None:
    framer = PacketFramer(is_in_step=True)
    items = [
        item
        for number in range(SMP_SESSIONS_MAX + 2)
        for item in framer.receive(data(packet(RESULT, b"x", status=0), number))
    ]
    assert [item.kind.value for item in items if isinstance(item, Problem)] == ["limit"] * 2


def test_unfinished_messages_of_all_sessions_together_are_bounded() -> None:
    framer = PacketFramer(is_in_step=True)
    part = packet(SQL_BATCH, bytes(32000), status=0)
    items: list[TdsPacketMessage | Problem] = []
    for number in range(4):
        items += framer.receive(smp(SYN, session=number))
    for _ in range(MESSAGE_BYTES_MAX // 32000 // 4 + 1):
        for number in range(4):
            items += framer.receive(data(part, number))
    assert [item.kind.value for item in items if isinstance(item, Problem)] == ["limit"]


def test_frames_in_frames_are_no_sessions() -> None:
    nested = batch("select 1")
    for _ in range(200):
        nested = data(nested)
    framer = PacketFramer(is_in_step=True)
    items = framer.receive(smp(SYN) + nested) + framer.close()
    assert {item.kind.value for item in items if isinstance(item, Problem)} == {"malformed"}


conversation: Turns = [
    *opened(0, 1, 65535),
    (0, data(batch(insert(1), size=40), 0)),
    (0, data(batch(insert(2)), 65535)),
    (1, smp(ACK, session=65535) + data(response(counted()), 65535)),
    (1, data(response(table(["gddm", "zqdm"], ["A1", "600519"]), counted(), size=20), 0)),
    (0, smp(FIN, session=0)),
    (1, smp(FIN, session=0)),
    (0, data(batch("select 1"), 1)),
]


def shown(client: SqlClient) -> list[object]:
    answers = [item.fields() for item in client.items if isinstance(item, Answer)]
    return [client.events(), client.troubles(), answers]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_where_frames_are_cut_and_glued_does_not_matter(draws: st.DataObject) -> None:
    turns: Turns = []
    for end, whole in conversation:
        cuts = sorted(draws.draw(st.sets(st.integers(0, len(whole)), max_size=4)))
        edges = [0, *cuts, len(whole)]
        turns += [(end, whole[start:stop]) for start, stop in pairwise(edges)]
    glued: Turns = []
    for end, sent in turns:
        if glued and glued[-1][0] == end:
            glued[-1] = (end, glued[-1][1] + sent)
        else:
            glued.append((end, sent))
    assert shown(heard(turns)) == shown(heard(conversation)) == shown(heard(glued))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(conversation) - 1), st.integers(0, 300), st.binary(min_size=1, max_size=8)
)
def test_damaged_frames_never_raise(turn: int, place: int, damage: bytes) -> None:
    turns = list(conversation)
    end, whole = turns[turn]
    turns[turn] = (end, whole[:place] + damage + whole[place + len(damage) :])
    heard(turns)
