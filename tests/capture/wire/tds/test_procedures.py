"""Prepared statements and cursors: what a handle stands for is learnt from the answers."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.messages import Request
from capture.wire.tds.prepared import STATEMENTS_MAX, Prepared, StatementMemory
from tests.capture.wire.sql_client import SqlClient, insert, values
from tests.capture.wire.tds.dialogue import (
    CHINESE,
    DONE_MORE,
    INTN,
    SQL_BATCH,
    batch,
    call,
    done,
    error,
    integer,
    nvarchar,
    packet,
    parameter,
    response,
    return_value,
    rpc,
    table,
    wide,
)

EXECUTESQL, PREPARE, EXECUTE, PREPEXEC, PREPEXECRPC, UNPREPARE = 10, 11, 12, 13, 14, 15
CURSOR, CURSOROPEN, CURSORPREPARE, CURSOREXECUTE, CURSORPREPEXEC = 1, 2, 3, 4, 5
CURSORUNPREPARE, CURSORFETCH, CURSORCLOSE = 6, 7, 9
SQL = "INSERT ordwth(rec_num,reff,acc,stock,bs,price,qty,owflag) VALUES(@a,@b,@c,@d,@e,@f,@g,@h)"
DECLARED = (
    "@a int,@b varchar(10),@c varchar(10),@d varchar(6),@e char(1),@f char(8),@g int,@h char(3)"
)
OK = done()
DONE_PROC, DONE_IN_PROC = 0xFE, 0xFF
OUT = integer("", None, is_output=True)


def ntext(name: str, text: str) -> bytes:
    """NTEXT as a parameter: no text pointer, only the length."""
    type_info = b"\x63" + struct.pack("<I", 0x7FFFFFFF) + CHINESE
    return parameter(name, type_info, struct.pack("<I", 2 * len(text)) + wide(text))


def arguments(number: int, *, are_named: bool = False) -> list[bytes]:
    names = "abcdefgh" if are_named else [""] * 8
    texts = values(number)[1:8]
    return [
        integer(names[0] and "@a", number),
        *(nvarchar(name and f"@{name}", text) for name, text in zip(names[1:], texts, strict=True)),
    ]


def handle(number: int, name: str = "") -> bytes:
    return return_value(name, INTN, b"\x04" + struct.pack("<i", number))


def one() -> bytes:
    """What an INSERT run by a procedure is answered with, before the procedure's end."""
    return done(0x10 | DONE_MORE, 1, token=DONE_IN_PROC)


def end(status: int = 0) -> bytes:
    return done(status, token=DONE_PROC)


def prepared(client: SqlClient, number: int = 1) -> SqlClient:
    question = rpc(call(PREPARE, OUT, nvarchar("", DECLARED), nvarchar("", SQL), integer("", 1)))
    return client.ask(question, handle(number), end())


def execute(number: int, order: int) -> bytes:
    return rpc(call(EXECUTE, integer("", number), *arguments(order, are_named=True)))


def test_an_execute_runs_what_was_prepared() -> None:
    client = prepared(SqlClient(), 7).ask(execute(7, 1), one(), end())
    assert client.events() == [("order", "J1", "accepted")]
    request = [item for item in client.items if isinstance(item, Request)][-1]
    fields = request.fields()
    assert (fields["handle"], fields["sql"], fields["args"][:2]) == (7, SQL, [1, "J1"])


def test_preparing_alone_writes_nothing() -> None:
    assert prepared(SqlClient()).leave().outcome == []


def test_an_unprepared_handle_means_nothing_any_more() -> None:
    client = prepared(SqlClient()).ask(rpc(call(UNPREPARE, integer("", 1))), end())
    assert client.ask(execute(1, 1), one(), end()).orders() == []
    assert client.troubles() == ["orphan"]


def test_an_execute_of_a_handle_that_was_not_seen_prepared_is_told_and_not_guessed() -> None:
    client = SqlClient(is_whole=False).ask(execute(3, 1), one(), end())
    assert (client.orders(), client.troubles()) == ([], ["orphan"])


def test_a_failed_prepare_gives_no_handle() -> None:
    question = rpc(call(PREPARE, OUT, nvarchar("", DECLARED), nvarchar("", SQL)))
    client = SqlClient().ask(question, error(8180, "no"), done(2, token=DONE_PROC))
    assert client.ask(execute(1, 1), one(), end()).troubles() == ["orphan"]


@pytest.mark.parametrize("text", [nvarchar, ntext])
def test_prepexec_runs_at_once_and_may_be_run_again(text: Callable[[str, str], bytes]) -> None:
    question = rpc(call(PREPEXEC, OUT, text("", DECLARED), text("", SQL), *arguments(1)))
    client = SqlClient().ask(question, one(), handle(5), end())
    assert client.orders() == ["J1"]
    assert client.ask(execute(5, 2), one(), end()).orders() == ["J1", "J2"]
    assert client.troubles() == []


def test_prepexec_with_a_handle_of_its_own_replaces_it() -> None:
    client = prepared(SqlClient(), 1)
    other = rpc(call(PREPEXEC, integer("", 1, is_output=True), nvarchar("", "@a int"),
                     nvarchar("", "select @a"), integer("", 4)))  # fmt: skip
    client.ask(other, handle(1), end()).ask(execute(1, 1), OK)
    assert (client.orders(), client.troubles()) == ([], [])


@pytest.mark.parametrize(
    "name", ["sp_prepexec", "SP_PrepExec", "master..sp_prepexec", "sys.[sp_prepexec]"]
)
def test_by_name_is_the_same_as_by_number(name: str) -> None:
    question = rpc(call(name, OUT, ntext("", DECLARED), ntext("", SQL), *arguments(1)))
    assert SqlClient().ask(question, one(), handle(5), end()).orders() == ["J1"]


def test_handles_are_their_connections_own() -> None:
    first = prepared(SqlClient())
    second = SqlClient(first.feed).ask(execute(1, 1), one(), end())
    assert (second.orders(), second.troubles()) == ([], ["orphan"])


def test_a_reset_connection_has_no_handles() -> None:
    client = prepared(SqlClient())
    client.turn(0, packet(SQL_BATCH, batch("x")[8:], status=0x09))
    client.turn(1, response(OK))
    assert client.ask(execute(1, 1), one(), end()).troubles() == ["orphan"]


def test_calls_of_one_message_are_answered_one_by_one() -> None:
    client = prepared(SqlClient())
    calls = [call(EXECUTE, integer("", 1), *arguments(number)) for number in (1, 2, 3)]
    failed = error(2627, "duplicate key") + done(2 | DONE_MORE, token=DONE_PROC)
    client.ask(rpc(*calls), one(), end(DONE_MORE), failed, one(), end())
    assert client.orders() == ["J1", "J3"]
    assert client.troubles() == ["not_effective"]


def test_calls_behind_the_one_that_ended_the_message_are_unanswered() -> None:
    calls = [call(EXECUTESQL, nvarchar("", insert(number))) for number in (1, 2)]
    client = SqlClient().ask(rpc(*calls), one(), end())
    assert client.events() == [("order", "J1", "accepted"), ("order", "J2", "unanswered")]


CURSOR_OPENINGS = [
    call(CURSOROPEN, OUT, nvarchar("", SQL), integer("", 1), integer("", 1), integer("", 1),
         nvarchar("", DECLARED), *arguments(1)),
    call(CURSORPREPEXEC, OUT, OUT, nvarchar("", DECLARED), nvarchar("", SQL), integer("", 1),
         integer("", 1), integer("", 1), *arguments(1)),
    call(CURSORPREPEXEC, OUT, OUT, nvarchar("", DECLARED), nvarchar("", SQL), integer("", 0),
         integer("", 1), integer("", 1), integer("", 1), *arguments(1)),
    call(PREPEXECRPC, OUT, nvarchar("", SQL), *arguments(1, are_named=True)),
]  # fmt: skip


@pytest.mark.parametrize("opening", CURSOR_OPENINGS)
def test_a_cursor_runs_its_text_too(opening: bytes) -> None:
    assert SqlClient().ask(rpc(opening), one(), handle(1), handle(2), end()).orders() == ["J1"]


def test_a_prepared_cursor_is_executed_by_its_handle() -> None:
    question = rpc(call(CURSORPREPARE, OUT, nvarchar("", DECLARED), nvarchar("", SQL),
                        integer("", 1), integer("", 1), integer("", 1)))  # fmt: skip
    client = SqlClient().ask(question, handle(9), end())
    run = rpc(call(CURSOREXECUTE, integer("", 9), OUT, integer("", 1), integer("", 1),
                   integer("", 1), *arguments(1)))  # fmt: skip
    assert client.ask(run, one(), handle(180150003), end()).orders() == ["J1"]
    client.ask(rpc(call(CURSORUNPREPARE, integer("", 9))), end())
    assert client.ask(run, one(), end()).troubles() == ["orphan"]


def test_rows_fetched_come_from_the_cursors_own_database() -> None:
    select = nvarchar("", "select * from other.dbo.ordwth2")
    opened = rpc(call(CURSOROPEN, OUT, select, integer("", 1), integer("", 1), integer("", 0)))
    client = SqlClient().ask(opened, handle(77), end())
    fetch = rpc(call(CURSORFETCH, integer("", 77), integer("", 2), integer("", 0), integer("", 5)))
    names = ["rec_num", "reff", "acc", "stock", "status", "qty2", "owflag"]
    rows = table(names, ["1", "J1", "A", "600519", "O", "", "LPT"])
    client.ask(fetch, rows, end())
    assert [(event.event, event.origin) for event in client.outcome] == [("confirm", "other")]  # type: ignore[union-attr]  # all are events


def test_a_cursor_may_add_a_row() -> None:
    names = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag")
    cells = [nvarchar(f"@{name}", text) for name, text in zip(names, values(1), strict=False)]
    question = rpc(call(CURSOR, integer("", 77), integer("", 4), integer("", 0),
                        nvarchar("", "ordwth"), *cells))  # fmt: skip
    assert SqlClient().ask(question, one(), end()).orders() == ["J1"]
    other = rpc(call(CURSOR, integer("", 77), integer("", 1), integer("", 0),
                     nvarchar("", "ordwth"), *cells))  # fmt: skip
    assert SqlClient().ask(other, one(), end()).orders() == []


def test_a_closed_cursor_gives_no_database() -> None:
    client = SqlClient().ask(rpc(call(CURSORCLOSE, integer("", 77))), end())
    assert client.outcome == []


def test_no_more_statements_are_remembered_than_the_limit() -> None:
    memory = StatementMemory()
    for number in range(STATEMENTS_MAX + 1):
        memory.keep(number, Prepared("x", ""))
    assert memory.recall(0) is None
    assert memory.recall(STATEMENTS_MAX) == Prepared("x", "")


def test_no_more_text_is_remembered_than_the_limit() -> None:
    memory = StatementMemory()
    for number in range(6):
        memory.keep(number, Prepared("x" * (1 << 22), ""))
    kept = [number for number in range(6) if memory.recall(number)]
    assert kept == [2, 3, 4, 5]
    memory.keep(5, Prepared("", ""))
    memory.forget(4)
    memory.keep(6, Prepared("x" * (1 << 23), ""))
    assert memory.recall(2) is not None


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 16),
    st.lists(
        st.one_of(
            st.integers(-5, 1 << 30).map(lambda number: integer("", number)),
            st.text(alphabet="ab1 '@(),", max_size=20).map(lambda text: nvarchar("", text)),
            st.just(OUT),
        ),
        max_size=9,
    ),
    st.lists(st.integers(0, 9).map(handle), max_size=3),
)
def test_no_call_is_so_strange_that_resolving_it_raises(
    number: int, parameters: list[bytes], returned: list[bytes]
) -> None:
    client = SqlClient().ask(rpc(call(number, *parameters)), *returned, end())
    for each in range(10):
        client.ask(execute(each, each), one(), end())
    client.leave()
    assert "malformed" not in client.troubles()
