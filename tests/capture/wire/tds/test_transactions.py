"""Orders count when their transaction is committed, and not at all when it is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.messages import Request
from capture.wire.tds.sql import Statement
from capture.wire.tds.transaction_log import HELD_CHARACTERS_MAX, HELD_ROWS_MAX, TransactionLog
from capture.wire.tds.transactions import Op, Step, descriptor, steps_of
from riskgw.messages.event import Event
from tests.capture.wire.sql_client import COLUMNS, SqlClient, insert, values
from tests.capture.wire.tds.dialogue import (
    DONE_ERROR,
    HEADERS,
    INTN,
    SQL_BATCH,
    batch,
    bulk,
    call,
    counted,
    done,
    error,
    headers,
    integer,
    nvarchar,
    opening,
    packet,
    response,
    return_value,
    rpc,
    table,
    told,
    transaction,
    wide,
)
from tests.fakes import Conversation, captured, overheard, problems

BEGIN, COMMIT, ROLLBACK, SAVE = 5, 7, 8, 9
BEGUN, COMMITTED, ROLLED_BACK = told(8), told(9), told(10)
OK = done()
FAILED = error(2627, "duplicate key") + done(DONE_ERROR)


def inside(sql: str) -> bytes:
    """A batch that says it stands in transaction 1."""
    return batch(sql, headers=headers(1))


def begun() -> SqlClient:
    """A client with J1 written in an open transaction."""
    client = SqlClient().ask(transaction(BEGIN), BEGUN, OK)
    return client.ask(inside(insert(1)), counted())


def test_nothing_is_an_order_before_the_commit() -> None:
    assert begun().events() == []


def test_the_commit_makes_orders_of_what_was_written() -> None:
    client = begun().ask(inside(insert(2)), counted()).ask(transaction(COMMIT), COMMITTED, OK)
    assert client.events() == [("order", "J1", "accepted"), ("order", "J2", "accepted")]
    assert client.troubles() == []


def test_an_order_happens_when_its_commit_is_sent() -> None:
    client = begun()
    sent_ns = client.at_ns + 1
    (event,) = client.ask(transaction(COMMIT), COMMITTED, OK).outcome
    assert isinstance(event, Event)
    assert (event.at_ns, event.time_ns, event.dir) == (sent_ns, sent_ns, "up")


def test_what_is_rolled_back_was_never_an_order() -> None:
    client = begun().ask(transaction(ROLLBACK), ROLLED_BACK, OK).leave()
    assert (client.events(), client.troubles()) == ([], ["not_effective"])


def test_after_the_end_every_insert_counts_at_once_again() -> None:
    client = begun().ask(transaction(ROLLBACK), ROLLED_BACK, OK).ask(batch(insert(2)), counted())
    assert client.orders() == ["J2"]


def test_a_commit_may_begin_the_next_transaction() -> None:
    client = begun().ask(transaction(COMMIT, flags=1), COMMITTED, told(8, 2), OK)
    client.ask(inside(insert(2)), counted())
    assert client.orders() == ["J1"]
    assert client.ask(transaction(ROLLBACK), ROLLED_BACK, OK).troubles() == ["not_effective"]


def test_an_insert_that_failed_is_told_at_once_and_not_committed() -> None:
    client = begun().ask(inside(insert(2)), FAILED)
    assert client.troubles() == ["not_effective"]
    assert client.ask(transaction(COMMIT), COMMITTED, OK).orders() == ["J1"]


def test_an_error_that_ends_the_transaction_undoes_all_of_it() -> None:
    client = begun().ask(inside(insert(2)), error(1205, "deadlock"), ROLLED_BACK, done(DONE_ERROR))
    assert client.orders() == []
    assert client.troubles() == ["not_effective", "not_effective"]


def test_a_transaction_open_when_the_connection_ends_is_rolled_back() -> None:
    client = begun().ask(inside(insert(2)), counted()).leave()
    assert (client.events(), client.troubles()) == ([], ["not_effective"])


def test_what_becomes_of_a_transaction_open_when_the_capture_ends_is_not_known() -> None:
    client = begun().leave(is_over=False)
    assert (client.events(), client.troubles()) == ([], ["unanswered"])


@pytest.mark.parametrize("end", [0, 1])
def test_a_transaction_whose_end_may_have_been_lost_is_not_taken_for_rolled_back(end: int) -> None:
    client = begun().lose(end).leave()
    assert (client.events(), client.troubles()) == ([], ["unanswered"])


@pytest.mark.parametrize("ending", ["fin", "one fin", "reset", "again", "capture"])
def test_the_end_of_a_connection_is_seen_on_the_wire(ending: str) -> None:
    talk = Conversation()
    frames = talk.open()
    for end, data in opening():
        frames.append((talk.down if end else talk.up)(data))
    for question, *answer in (
        (transaction(BEGIN), BEGUN, OK),
        (inside(insert(1)), counted()),
    ):
        frames += [talk.up(question), talk.down(response(*answer))]
    if ending == "again":
        frames += Conversation(first_seqs=(500_000, 900_000)).open()
    if ending == "reset":
        frames.append(talk.reset())
    elif "fin" in ending:
        frames += talk.close()[: 1 if ending == "one fin" else 2]
    kinds = [kind for kind, _ in problems(overheard(captured(frames)))]
    assert kinds == ["unanswered" if ending == "capture" else "not_effective"]


def test_an_empty_transaction_at_the_end_is_nothing() -> None:
    assert SqlClient().ask(transaction(BEGIN), BEGUN, OK).leave().outcome == []


def test_a_commit_without_an_answer_is_taken_as_sent() -> None:
    client = begun().ask(transaction(COMMIT)).leave()
    assert client.events() == [("order", "J1", "unanswered")]
    assert client.troubles() == ["unanswered"]


def test_with_one_direction_only_the_requests_count() -> None:
    client = SqlClient().ask(transaction(BEGIN)).ask(batch(insert(1))).ask(transaction(COMMIT))
    client.ask(transaction(BEGIN)).ask(batch(insert(2))).ask(transaction(ROLLBACK)).leave()
    assert client.events() == [("order", "J1", "unanswered")]
    assert "not_effective" in client.troubles()


def test_a_savepoint_is_what_a_rollback_goes_back_to() -> None:
    client = begun().ask(transaction(SAVE, name="here"), OK).ask(inside(insert(2)), counted())
    client.ask(transaction(ROLLBACK, name="here"), OK).ask(inside(insert(3)), counted())
    client.ask(transaction(COMMIT), COMMITTED, OK)
    assert client.orders() == ["J1", "J3"]
    assert client.troubles() == ["not_effective"]


@pytest.mark.parametrize("words", [("BEGIN TRAN", "COMMIT TRAN", "ROLLBACK TRAN"),
                                   ("begin transaction t1", "commit", "rollback work"),
                                   ("BEGIN /* x */ TRAN", "COMMIT -- y", "ROLLBACK")])  # fmt: skip
@pytest.mark.parametrize("tells", [True, False])
def test_transactions_in_texts(words: tuple[str, str, str], tells: bool) -> None:
    begin, commit, rollback = words
    client = SqlClient()
    for number, end, kind in ((1, commit, COMMITTED), (2, rollback, ROLLED_BACK)):
        client.ask(batch(begin), *([BEGUN] if tells else []), OK)
        client.ask(batch(insert(number)), counted())
        client.ask(batch(end), *([kind] if tells else []), OK)
    assert client.events() == [("order", "J1", "accepted")]
    assert client.troubles() == ["not_effective"]


def test_a_whole_transaction_in_one_text() -> None:
    sql = f"BEGIN TRAN {insert(1)} COMMIT TRAN BEGIN TRAN {insert(2)} ROLLBACK TRAN {insert(3)}"
    client = SqlClient().ask(batch(sql), counted(), counted(), counted())
    assert client.orders() == ["J1", "J3"]
    assert client.troubles() == ["not_effective"]


def test_words_in_quotes_and_comments_end_nothing() -> None:
    sql = "select 'ROLLBACK TRAN', [commit], \"rollback\" /* COMMIT */ -- ROLLBACK\n from t"
    assert begun().ask(inside(sql), OK).outcome == []


def test_an_inner_commit_makes_nothing_certain() -> None:
    for tells in ([BEGUN], []):
        client = SqlClient().ask(batch("BEGIN TRAN"), *tells, OK).ask(batch("BEGIN TRAN"), OK)
        client.ask(batch(insert(1)), counted()).ask(batch("COMMIT"), OK)
        assert client.orders() == []
        ends = [COMMITTED] if tells else []
        assert client.ask(batch("COMMIT"), *ends, OK).orders() == ["J1"]


def test_a_rollback_that_was_not_executed_undoes_nothing() -> None:
    sql = "IF @@ERROR <> 0 ROLLBACK TRAN ELSE COMMIT TRAN"
    assert begun().ask(inside(sql), COMMITTED, OK).orders() == ["J1"]


@pytest.mark.parametrize(("answer", "orders"), [((counted(),), ["J1"]), ((FAILED,), [])])
def test_where_nothing_is_told_the_failure_decides_between_both_ends(
    answer: tuple[bytes, ...], orders: list[str]
) -> None:
    sql = f"BEGIN TRY BEGIN TRAN {insert(1)} COMMIT END TRY BEGIN CATCH ROLLBACK END CATCH"
    assert SqlClient().ask(batch(sql), *answer).orders() == orders


def test_with_one_direction_only_a_text_that_may_do_both_is_taken_to_commit() -> None:
    client = SqlClient().ask(batch("BEGIN TRAN")).ask(batch(insert(1)))
    client.ask(batch("IF @@ERROR <> 0 ROLLBACK TRAN ELSE COMMIT TRAN")).leave()
    assert client.events() == [("order", "J1", "unanswered")]


def test_rows_that_show_what_is_not_committed_are_no_orders_yet() -> None:
    names = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag")
    client = SqlClient().ask(transaction(BEGIN), BEGUN, OK)
    shown = table(names, values(1)[:8])
    client.ask(inside(insert(1)), shown, counted()).ask(inside("select * from ordwth"), shown, OK)
    assert client.orders() == []
    assert client.ask(transaction(ROLLBACK), ROLLED_BACK, OK).orders() == []
    assert client.ask(batch("select * from ordwth"), shown, OK).orders() == ["J1"]


def test_reports_read_within_a_transaction_count_at_once() -> None:
    names = ("rec_num", "reff", "acc", "stock", "status", "qty2", "owflag")
    report = table(names, ("7", "J7", "A1", "600519", "O", "", "LPT"))
    assert begun().ask(inside("select * from ordwth2"), report, OK).events() == [
        ("confirm", "J7", None)
    ]


def test_implicit_transactions_need_a_commit() -> None:
    for tells in ([BEGUN], []):
        client = SqlClient().ask(batch("SET IMPLICIT_TRANSACTIONS ON"), OK)
        client.ask(batch(insert(1)), *tells, counted())
        assert client.orders() == []
        ends = [COMMITTED] if tells else []
        client.ask(batch("IF @@TRANCOUNT > 0 COMMIT TRAN"), *ends, OK)
        assert client.orders() == ["J1"]


def test_a_procedure_that_commits_its_own_transaction_is_certain() -> None:
    question = rpc(call("p_ins_order", nvarchar("", "J9"), *(nvarchar("", "1") for _ in range(6)),
                        integer("", None, is_output=True)))  # fmt: skip
    answer = (BEGUN, COMMITTED, return_value("@r", INTN, b"\x04\x09\0\0\0"), OK)
    assert SqlClient().ask(question, *answer).orders() == ["J9"]


def test_a_procedure_call_waits_for_the_commit_too() -> None:
    question = rpc(call("p_ins_order", nvarchar("", "J9"), *(nvarchar("", "1") for _ in range(6)),
                        integer("", None, is_output=True)))  # fmt: skip
    client = begun().ask(question, return_value("@r", INTN, b"\x04\x09\0\0\0"), OK)
    assert client.orders() == []
    assert client.ask(transaction(COMMIT), COMMITTED, OK).orders() == ["J1", "J9"]


def test_loaded_rows_wait_for_the_commit_too() -> None:
    client = begun().ask(inside("INSERT BULK ordwth (a int)"), OK)
    client.ask(bulk(COLUMNS[:5], values(2)[:5]), counted())
    assert client.orders() == []
    assert client.ask(transaction(COMMIT), COMMITTED, OK).orders() == ["J1", "J2"]


@pytest.mark.parametrize(("status", "orders"), [(0x08, []), (0x10, ["J1"])])
def test_a_reset_of_the_connection_rolls_back_unless_it_keeps_the_transaction(
    status: int, orders: list[str]
) -> None:
    client = begun()
    client.turn(0, packet(SQL_BATCH, headers(1) + wide("select 1"), status=1 | status))
    client.turn(1, response(OK))
    client.ask(transaction(COMMIT), COMMITTED, OK)
    assert client.orders() == orders
    assert client.troubles() == ([] if orders else ["not_effective"])


def test_mid_stream_the_request_tells_that_it_stands_in_a_transaction() -> None:
    client = SqlClient(is_whole=False).ask(inside(insert(1)), counted())
    assert client.orders() == []
    assert client.ask(transaction(COMMIT, descriptor=1), COMMITTED, OK).orders() == ["J1"]


def test_mid_stream_outside_of_transactions_every_insert_counts() -> None:
    assert SqlClient(is_whole=False).ask(batch(insert(1)), counted()).orders() == ["J1"]


@pytest.mark.parametrize("end", [0, 1])
def test_when_its_end_was_lost_the_rows_are_taken_as_sent(end: int) -> None:
    client = begun().lose(end).ask(batch("select 1"), OK)
    assert client.events() == [("order", "J1", "unanswered")]
    assert client.troubles() == ["unanswered"]


def test_a_loss_within_a_transaction_ends_nothing() -> None:
    client = begun().lose(1).ask(inside(insert(2)), counted())
    assert client.orders() == []
    assert client.ask(transaction(COMMIT), COMMITTED, OK).orders() == ["J1", "J2"]


@pytest.mark.parametrize("is_lost", [True, False])
def test_before_7_2_a_begin_after_a_loss_is_not_taken_for_an_inner_one(is_lost: bool) -> None:
    client = SqlClient(is_whole=False)
    narrow = done(is_wide=False)
    counted_narrow = done(0x10, 1, is_wide=False)
    for sql, answer in (("BEGIN TRAN", narrow), (insert(1), counted_narrow)):
        client.ask(batch(sql, headers=b""), answer)
    if is_lost:
        client.lose(0)
    for sql, answer in (("BEGIN TRAN", narrow), (insert(2), counted_narrow), ("COMMIT", narrow)):
        client.ask(batch(sql, headers=b""), answer)
    told_orders = [("order", "J1", "unanswered"), ("order", "J2", "accepted")]
    assert client.events() == (told_orders if is_lost else [])


def test_more_than_can_be_kept_back_is_taken_as_sent_and_reported() -> None:
    client = SqlClient().ask(transaction(BEGIN), BEGUN, OK)
    rows = [values(number) for number in range(1, HELD_ROWS_MAX // 5 + 1)]
    for _ in range(6):
        client.ask(inside("INSERT BULK other (a int)"), OK)
        client.ask(bulk(COLUMNS, *rows), counted())
    client.ask(inside(insert(1)), counted()).ask(inside(insert(2)), counted())
    assert client.events() == [("order", "J1", "unanswered"), ("order", "J2", "unanswered")]
    assert client.troubles() == ["limit"]
    assert client.ask(transaction(COMMIT), COMMITTED, OK).orders() == ["J1", "J2"]


def test_more_text_than_can_be_kept_back_is_taken_as_sent_too() -> None:
    request = Request("bulk_load", {}, 1, "oiw")
    row = ("x" * (HELD_CHARACTERS_MAX // 2),)
    request.written = (Statement("insert", ("ordwth",), ("reff",), (row,)),)
    log = TransactionLog()
    log.found_open()
    assert [len(log.settle(request, None)) for _ in range(4)] == [0, 0, 3, 1]
    assert log.has_overflown


@pytest.mark.parametrize(
    ("sql", "steps"),
    [
        ("BEGIN TRAN", [Step(Op.BEGIN)]),
        ("begin distributed transaction [My Name]", [Step(Op.BEGIN, "my name")]),
        ("BEGIN TRAN INSERT INTO t VALUES(1)", [Step(Op.BEGIN)]),
        ("BEGIN TRAN commit", [Step(Op.BEGIN), Step(Op.COMMIT)]),
        ("SAVE TRANSACTION s1 ROLLBACK TRAN s1", [Step(Op.SAVE, "s1"), Step(Op.ROLLBACK, "s1")]),
        ("COMMIT WORK;ROLLBACK WORK", [Step(Op.COMMIT), Step(Op.ROLLBACK)]),
        ("SET IMPLICIT_TRANSACTIONS OFF", [Step(Op.IMPLICIT_OFF)]),
        ("BEGIN SELECT 1 END BEGIN TRY", []),
        ("select committed from t where rollbacks = 1", []),
        ("print 'COMMIT' -- BEGIN TRAN", []),
    ],
)
def test_steps_of_a_text(sql: str, steps: list[Step]) -> None:
    assert list(steps_of(sql)) == steps


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="BEGINTRASCOMK'[]\"/*- \n", max_size=60))
def test_no_text_is_so_strange_that_its_steps_cannot_be_read(sql: str) -> None:
    assert len(steps_of(sql)) <= len(sql)
    SqlClient().ask(batch(sql), OK).leave()


@given(st.binary(max_size=60))
def test_headers_of_any_kind_are_read_to_their_end(data: bytes) -> None:
    assert descriptor(data) >= 0
    assert descriptor(headers(7) + data) == 7
    assert descriptor(HEADERS) == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ICRS"), st.booleans()), max_size=12))
def test_an_order_is_told_at_most_once_and_never_both_ways(acts: list[tuple[str, bool]]) -> None:
    client = SqlClient().ask(transaction(BEGIN), BEGUN, OK)
    inserted: list[str | None] = []
    for place, (act, is_answered) in enumerate(acts):
        if act == "I":
            inserted.append(f"J{place}")
        question, tokens = {
            "I": (inside(insert(place)), (counted(),)),
            "C": (transaction(COMMIT, flags=1), (COMMITTED, BEGUN, OK)),
            "R": (transaction(ROLLBACK, flags=1), (ROLLED_BACK, BEGUN, OK)),
            "S": (transaction(SAVE, name="s"), (OK,)),
        }[act]
        client.ask(question, *(tokens if is_answered else ()))
    orders = client.leave().orders()
    assert orders == [each for each in inserted if each in orders]
    assert len(orders) + client.troubles().count("not_effective") <= len(inserted)
