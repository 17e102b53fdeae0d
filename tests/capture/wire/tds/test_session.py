"""A connection to a SQL Server: versions, pairing, attention, encryption, mid-stream starts."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.session import Item, Match
from capture.wire.tds.messages import Answer, Request, Unanswered
from capture.wire.tds.session import TdsSession, begins, recognise
from riskgw.messages.problem import Problem
from tests.capture.wire.tds.dialogue import (
    ATTENTION,
    CHINESE,
    DONE_ATTENTION,
    INTN,
    PRELOGIN,
    RESULT,
    SQL_BATCH,
    batch,
    bulk,
    call,
    counted,
    done,
    environment,
    integer,
    login7,
    login_answer,
    message,
    nvarchar,
    opening,
    packet,
    prelogin,
    response,
    return_value,
    rpc,
    table,
    told,
    transaction,
    wide,
)
from tests.fakes import AT_NS

INSERT = "INSERT ordwth(rec_num) VALUES(1)"
ATTENTION_SIGNAL = packet(ATTENTION, b"")
ATTENTION_ANSWER = response(done(DONE_ATTENTION))

Turns = list[tuple[int, bytes]]


def heard(turns: Turns, *, is_whole: bool = True) -> list[Item]:
    """What a session makes of (end, bytes) turns, and of the end of both streams."""
    session = TdsSession(is_whole)
    items: list[Item] = []
    for end, data in turns:
        items += session.receive(end, data, AT_NS)
    return items + session.close(0) + session.close(1)


def types(items: list[Item]) -> list[str]:
    return [item.kind.value if isinstance(item, Problem) else str(item.type) for item in items]


def pairs(items: list[Item]) -> list[tuple[str | None, str | None]]:
    """(request type, its SQL or procedure) of each answer."""
    answers = [item for item in items if isinstance(item, Answer)]
    return [
        (answer.request.type, answer.request.sql or None) if answer.request else (None, None)
        for answer in answers
    ]


def requests(items: list[Item]) -> list[Request]:
    return [item for item in items if isinstance(item, Request)]


def after_login(*turns: tuple[int, bytes], version: str = "7.4") -> list[Item]:
    """What follows a log-in."""
    opened = opening(version)
    return heard([*opened, *turns])[len(opened) :]


def test_a_log_in_is_four_messages() -> None:
    items = heard(opening())
    assert types(items) == ["prelogin", "prelogin", "login7", "response"]
    assert pairs(items) == [("login7", None)]


def test_an_answer_belongs_to_the_request_before_it() -> None:
    items = after_login((0, batch(INSERT)), (1, response(counted())), (0, batch("select 1")))
    assert types(items) == ["sql_batch", "response", "sql_batch", "unanswered"]
    assert pairs(items) == [("sql_batch", INSERT)]


def test_the_message_number_of_the_request_is_shown() -> None:
    items = after_login((0, batch(INSERT)), (1, response(counted())))
    requests(items)[0].number = 7
    answer = items[1]
    assert isinstance(answer, Answer)
    assert answer.fields()["request"] == 7


@pytest.mark.parametrize(
    ("version", "headers"), [("7.0", False), ("7.1", False), ("7.2", True), ("7.4", True)]
)
def test_the_acknowledged_version_decides_how_requests_look(version: str, headers: bool) -> None:
    turns = opening(version)
    if not headers:
        turns[3] = (1, login_answer_narrow(version))
    question = message(SQL_BATCH, wide(INSERT)) if not headers else batch(INSERT)
    items = heard([*turns, (0, question)])
    assert requests(items)[-1].sql == INSERT


def login_answer_narrow(version: str) -> bytes:
    """A log-in answer as before 7.2."""
    wide_answer = login_answer(version)
    return packet(RESULT, wide_answer[8:-13] + done(is_wide=False))


def test_the_server_may_acknowledge_an_older_version_than_asked_for() -> None:
    turns = opening("7.4")
    turns[3] = (1, login_answer_narrow("7.1"))
    items = heard([*turns, (0, message(SQL_BATCH, wide(INSERT)))])
    assert requests(items)[-1].sql == INSERT


def test_the_database_is_the_one_the_server_says() -> None:
    changed = response(environment(1, "Other"), done())
    items = after_login((0, batch("use Other")), (1, changed), (0, batch(INSERT)))
    assert [request.database for request in requests(items)] == ["Ashare_OIW", "Other"]


def test_a_second_question_before_the_answer_leaves_the_first_unanswered() -> None:
    items = after_login((0, batch("a")), (0, batch("b")), (1, response(done())))
    assert types(items) == ["sql_batch", "unanswered", "sql_batch", "response"]
    assert pairs(items) == [("sql_batch", "b")]
    (unanswered,) = [item for item in items if isinstance(item, Unanswered)]
    assert unanswered.request.sql == "a"


def test_an_unanswered_log_in_is_no_problem() -> None:
    assert types(heard(opening()[:3])) == ["prelogin", "prelogin", "login7"]


def test_an_attention_after_the_answer_is_answered_for_itself() -> None:
    items = after_login(
        (0, batch(INSERT)),
        (1, response(counted())),
        (0, ATTENTION_SIGNAL),
        (1, ATTENTION_ANSWER),
        (0, batch("select 1")),
        (1, response(done())),
    )
    assert pairs(items) == [("sql_batch", INSERT), ("attention", None), ("sql_batch", "select 1")]
    assert "unanswered" not in types(items)


def test_an_attention_instead_of_an_answer_leaves_the_request_unanswered() -> None:
    items = after_login((0, batch(INSERT)), (0, ATTENTION_SIGNAL), (1, ATTENTION_ANSWER))
    assert types(items) == ["sql_batch", "attention", "unanswered", "response"]


def test_an_answer_and_the_end_of_an_attention_in_one_message_answer_the_request() -> None:
    both = response(table(["a"], ["1"]), counted(), done(DONE_ATTENTION))
    items = after_login((0, batch("select a")), (0, ATTENTION_SIGNAL), (1, both))
    assert pairs(items) == [("sql_batch", "select a")]


def test_executesql_shows_its_text_and_arguments() -> None:
    question = rpc(call(10, nvarchar("", "INSERT t VALUES(@a,@B)"),
                        nvarchar("", "@a int, @B nvarchar(9)"),
                        integer("@a", 5), nvarchar("@B", "x")))  # fmt: skip
    (request, _) = after_login((0, question))
    assert isinstance(request, Request)
    fields: dict[str, Any] = request.fields()
    assert (fields["proc"], fields["sql"]) == ("sp_executesql", "INSERT t VALUES(@a,@B)")
    assert fields["args"] == [5, "x"]
    assert request.statements()[0].rows == ((5, "x"),)


@pytest.mark.parametrize("declaration", ["@a int, @b nvarchar(9)", "@a as int,@b [sysname]"])
def test_arguments_without_names_go_by_their_declaration(declaration: str) -> None:
    sql = nvarchar("", "INSERT t VALUES(@b,@a)")
    question = rpc(call(10, sql, nvarchar("", declaration), integer("", 5), nvarchar("", "x")))
    (request, _) = after_login((0, question))
    assert isinstance(request, Request)
    assert request.statements()[0].rows == (("x", 5),)


def test_executesql_by_name_is_the_same_as_by_number() -> None:
    question = rpc(call("SP_ExecuteSQL", nvarchar("", INSERT)))
    (request, _) = after_login((0, question))
    assert isinstance(request, Request)
    assert request.sql == INSERT


def test_executesql_of_null_says_nothing() -> None:
    (request, _) = after_login((0, rpc(call(10, nvarchar("", None)))))
    assert isinstance(request, Request)
    assert request.statements() == ()


def test_a_message_that_does_not_fit_is_malformed_and_the_session_goes_on() -> None:
    items = after_login(
        (0, rpc(b"\x05\x00ab")), (0, batch(INSERT)), (1, response(b"\x42")), (0, batch("b"))
    )
    assert types(items) == ["malformed", "sql_batch", "malformed", "unanswered", "sql_batch",
                            "unanswered"]  # fmt: skip


def test_a_handshake_inside_packets_and_bare_records_is_counted_as_encrypted() -> None:
    handshake = b"\x16\x03\x01\x00\x05hello"
    turns = opening()
    turns[2:3] = [
        (0, packet(PRELOGIN, handshake)),
        (1, packet(PRELOGIN, handshake)),
        (0, b"\x17\x03\x03\x00\x04abcd"),
    ]
    items = heard([*turns, (0, batch(INSERT)), (1, response(counted()))])
    sizes = [item.size for item in items if isinstance(item, Problem)]
    assert types(items)[:2] == ["prelogin", "prelogin"]
    assert pairs(items) == [(None, None), ("sql_batch", INSERT)]
    assert sizes == [2 * len(handshake) + 9]


def test_mid_stream_the_version_is_found_by_what_fits() -> None:
    wide_turns = [(1, response(table(["a"], ["1"]), counted())), (0, batch(INSERT))]
    items = heard(wide_turns, is_whole=False)
    assert types(items) == ["response", "sql_batch", "unanswered"]
    assert requests(items)[0].sql == INSERT
    narrow = [(0, message(SQL_BATCH, wide(INSERT))), (1, response(done(is_wide=False)))]
    items = heard(narrow, is_whole=False)
    assert (types(items), requests(items)[0].sql) == (["sql_batch", "response"], INSERT)


def test_after_a_gap_an_answer_without_its_request_has_none() -> None:
    session = TdsSession(is_whole=True)
    for end, data in opening():
        session.receive(end, data, AT_NS)
    session.gap(0, 100, AT_NS)
    assert pairs(session.receive(1, response(counted()), AT_NS)) == [(None, None)]
    assert types(session.receive(0, batch(INSERT), AT_NS)) == ["sql_batch"]


def test_the_answer_to_a_prelogin_that_was_not_seen_is_a_prelogin() -> None:
    items = heard([(1, prelogin(kind=RESULT)), (1, login_answer())])
    assert types(items) == ["prelogin", "response"]


def test_the_client_is_known_by_what_only_one_side_sends() -> None:
    for turn, client in (((1, batch("a")), 1), ((1, response(done())), 0), ((0, prelogin()), 0)):
        session = TdsSession(is_whole=False)
        session.receive(*turn, AT_NS)
        assert session.client == client


@pytest.mark.parametrize("whole", [prelogin(), login7(), prelogin(kind=RESULT), login_answer()])
def test_the_first_messages_of_a_connection_are_recognised(whole: bytes) -> None:
    assert recognise(whole, is_stream_start=True) is Match.YES
    assert recognise(whole[:-1], is_stream_start=True) is Match.MAYBE
    assert recognise(whole[:5], is_stream_start=True) is Match.MAYBE


def test_later_messages_are_recognised_mid_stream_only() -> None:
    assert recognise(batch("a"), is_stream_start=True) is Match.NO
    assert recognise(batch("a"), is_stream_start=False) is Match.YES
    assert recognise(ATTENTION_SIGNAL, is_stream_start=False) is Match.MAYBE


def test_a_prelogin_or_log_in_begins_a_connection() -> None:
    assert begins(prelogin())
    assert begins(login7())
    assert not begins(login_answer())
    assert not begins(packet(PRELOGIN, b"\x16\x03\x01\x00\x05hello"))


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03",
        b"\x16\x03\x01\x00\x06\x02\x00\x00\x02\x03",
        b"\x16\x03\x01\xff\xff\x01\x00\xff\xfb\x03\x03",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        packet(PRELOGIN, b"\x01\x00"),
        packet(RESULT, b"\xd1"),
        packet(16, bytes(40)),
    ],
)
def test_other_bytes_are_not_recognised(start: bytes) -> None:
    assert recognise(start, is_stream_start=True) is Match.NO


OUT = integer("", None, is_output=True)
HANDLE = return_value("", INTN, b"\x04\x01\0\0\0")
rows = table(["gddm", "zqdm"], ["A645078961", "600519"], ["浦发银行", ""])
conversation: Turns = [
    *opening(),
    (0, batch(INSERT, size=40)),
    (1, response(counted(), size=12)),
    (0, rpc(call(10, nvarchar("", INSERT), nvarchar("", "@a int"), integer("@a", 5)))),
    (1, response(rows, done())),
    (0, ATTENTION_SIGNAL),
    (1, ATTENTION_ANSWER),
    (0, transaction(5)),
    (1, response(told(8), done())),
    (0, rpc(call(13, OUT, nvarchar("", "@a int"), nvarchar("", INSERT), integer("", 1)))),
    (1, response(counted(), HANDLE, done(token=0xFE))),
    (0, rpc(*(call(12, integer("", 1), integer("", number)) for number in (2, 3)))),
    (1, response(done(token=0xFE), done(token=0xFE))),
    (0, batch("INSERT BULK ordwth(rec_num int)")),
    (1, response(done())),
    (0, bulk(["rec_num"], ["7"])),
    (1, response(counted())),
    (0, transaction(7, flags=1)),
    (1, response(told(9), told(8), done())),
    (0, batch("select 1")),
]


def shown(items: list[Item]) -> list[Any]:
    """Messages and problems as values; requests numbered to tell answers apart."""
    for number, request in enumerate(requests(items)):
        request.number = number
    return [
        (item.kind, item.detail, item.size) if isinstance(item, Problem) else item.fields()
        for item in items
    ]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_where_the_turns_are_cut_does_not_matter(data: st.DataObject) -> None:
    turns: Turns = []
    for end, whole in conversation:
        cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=4))
        edges = sorted([0, *cuts, len(whole)])
        turns += [(end, whole[start:stop]) for start, stop in pairwise(edges)]
    assert shown(heard(turns)) == shown(heard(conversation))


def test_a_conversation_that_comes_byte_by_byte_gives_the_same_messages() -> None:
    turns = [(end, bytes([byte])) for end, whole in conversation for byte in whole]
    assert shown(heard(turns)) == shown(heard(conversation))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(conversation) - 1),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=6),
)
def test_a_damaged_conversation_never_raises(turn: int, place: int, damage: bytes) -> None:
    turns = list(conversation)
    end, whole = turns[turn]
    turns[turn] = (end, whole[:place] + damage + whole[place + len(damage) :])
    shown(heard(turns))


def test_the_collation_of_a_column_decides_its_text() -> None:
    assert CHINESE[:2] == b"\x04\x08"
    (_, answer) = after_login((0, batch("select")), (1, response(rows)))
    assert isinstance(answer, Answer)
    assert answer.response.results[0].rows[1] == ["浦发银行", ""]
