"""Which rows were written or read: by table and verb, in texts of every kind."""

import pytest

from capture.wire.order_feed import OrderFeed
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.capture.wire.sql_client import COLUMNS, PROCEDURES, SqlClient, insert, values
from tests.capture.wire.tds.dialogue import (
    DONE_COUNT,
    batch,
    call,
    counted,
    done,
    error,
    nvarchar,
    response,
    rpc,
    table,
)

OK = done()
NAMES = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag")
REPORT = ("rec_num", "reff", "acc", "stock", "status", "qty2", "owflag")
ARGUMENTS = ["J1", "A645078961", "600519", "B", "11.625", "200", "LPT"]
EXISTS = "IF NOT EXISTS (SELECT 1 FROM ordwth WHERE rec_num = 1) "


def rows(*numbers: int) -> bytes:
    return table(NAMES, *(values(number)[:8] for number in numbers))


def report(number: int, status: str = "O") -> bytes:
    return table(REPORT, [str(number), f"J{number}", "A1", "600519", status, "", "LPT"])


def test_an_order_seen_as_insert_as_row_and_as_update_counts_once() -> None:
    counter = SqlClient().ask(batch(insert(1)), counted())
    exchange = SqlClient(counter.feed)
    exchange.ask(batch("SELECT * FROM oiw..ordwth WHERE status='R'"), rows(1), counted())
    exchange.ask(batch("UPDATE ordwth SET status='P' WHERE rec_num=1"), counted())
    assert (counter.orders(), exchange.outcome) == (["J1"], [])


def test_orders_seen_only_as_rows_are_orders() -> None:
    client = SqlClient().ask(batch("SELECT * FROM ordwth WHERE status='R'"), rows(1, 2), counted(2))
    assert client.events() == [("order", "J1", None), ("order", "J2", None)]


def test_reports_seen_only_as_rows_are_reports() -> None:
    polled = SqlClient().ask(batch("select top 200 * from oiw01..ordwth2"), report(1), counted())
    assert polled.events() == [("confirm", "J1", None)]
    assert polled.ask(batch("select * from oiw01..ordwth2"), report(1), OK).events() == [
        ("confirm", "J1", None)
    ]


def test_a_connection_without_a_log_in_uses_the_only_database() -> None:
    counter = SqlClient().ask(batch(insert(1)), counted())
    exchange = SqlClient(counter.feed, is_whole=False)
    exchange.ask(batch("SELECT * FROM ordwth"), rows(1), counted())
    assert [item for item in exchange.outcome if isinstance(item, Event)] == []


def test_with_several_databases_an_unknown_one_is_not_guessed() -> None:
    counter = SqlClient().ask(batch(insert(1)), counted())
    counter.ask(batch(insert(2, "other..ordwth")), counted())
    exchange = SqlClient(counter.feed, is_whole=False)
    exchange.ask(batch("SELECT * FROM ordwth"), rows(1), counted())
    (event,) = [item for item in exchange.outcome if isinstance(item, Event)]
    assert event.origin == ""


def test_a_temporary_table_is_nobodys_interface() -> None:
    assert SqlClient().ask(batch(insert(1, "#my_ordwth")), counted()).outcome == []


@pytest.mark.parametrize(
    ("listed", "name", "is_order"),
    [
        ("orders", "orders", True),
        ("orders", "[Orders]", True),
        ("orders", "ordwth", False),
        ("dbo.orders", "oiw..orders", True),
        ("dbo.orders", "x.orders", False),
        ("oiw0?.dbo.orders", "oiw01.dbo.orders", True),
        ("oiw0?.dbo.orders", "orders", False),
        ("oiw..orders", "orders", True),
        ("*_ordwth", "ashare_ordwth", True),
    ],
)
def test_tables_as_the_settings_list_them(listed: str, name: str, is_order: bool) -> None:
    client = SqlClient(OrderFeed(None, {"ordwth": [listed]})).ask(batch(insert(1, name)), counted())
    assert client.orders() == (["J1"] if is_order else [])


def test_a_listed_tables_rows_come_from_it_alone() -> None:
    feed = OrderFeed(None, {"ordwth": ["orders"]})
    client = SqlClient(feed).ask(batch("select * from ordwth_old"), rows(1), counted())
    assert client.orders() == []
    assert client.ask(batch("select * from orders"), rows(1), counted()).orders() == ["J1"]
    assert client.ask(batch("exec p_poll"), rows(2), counted()).orders() == ["J1", "J2"]


def test_a_table_that_is_not_of_the_interface_is_refused() -> None:
    with pytest.raises(ValueError, match="orders"):
        OrderFeed(None, {"orders": ["ordwth"]})


@pytest.mark.parametrize(
    "sql",
    [
        "EXEC p_ins_order 'J1','A645078961','600519','B','11.625','200','LPT'",
        "execute oiw.dbo.[p_ins_order] @qty='200',@reff='J1',@acc='A645078961',@owflag='LPT'",
        "DECLARE @n int EXEC p_ins_order 'J1','A645078961','600519','B','11.625',200,'LPT',@n OUT",
    ],
)
def test_a_procedure_called_in_a_text_places_its_order(sql: str) -> None:
    client = SqlClient().ask(batch(sql), OK)
    (event,) = client.outcome
    assert isinstance(event, Event)
    assert (event.order_ref, event.account, event.quantity) == ("J1", "A645078961", 200_000)
    assert (event.fields["owflag"], event.outcome) == ("LPT", "accepted")


def test_a_procedure_called_by_the_names_of_its_parameters_may_change_their_order() -> None:
    names = PROCEDURES["p_ins_order"][:7]
    given = list(zip(names, ARGUMENTS, strict=True))[::-1]
    question = rpc(call("p_ins_order", *(nvarchar(f"@{name}", text) for name, text in given)))
    (event,) = SqlClient().ask(question, OK).outcome
    assert isinstance(event, Event)
    assert (event.order_ref, event.symbol) == ("J1", "600519")


@pytest.mark.parametrize("name", ["[oiw].[dbo].[P_INS_ORDER]", "p_ins_order;1", "dbo..p_ins_order"])
def test_a_procedure_is_known_however_its_name_is_written(name: str) -> None:
    question = rpc(call(name, *(nvarchar("", text) for text in ARGUMENTS)))
    assert SqlClient().ask(question, OK).orders() == ["J1"]


def test_a_procedure_that_failed_places_no_order() -> None:
    sql = "EXEC p_ins_order 'J1','A','600519','B','1','200','LPT'"
    client = SqlClient().ask(batch(sql), error(50000, "no"), done(2))
    assert (client.orders(), client.troubles()) == ([], ["not_effective"])


def test_an_insert_that_added_no_row_is_no_order() -> None:
    client = SqlClient().ask(batch(insert(1)), counted(0))
    assert (client.orders(), client.troubles()) == ([], ["not_effective"])


def inserted() -> bytes:
    """A DONE that says it was an INSERT's."""
    return b"\xfd" + DONE_COUNT.to_bytes(2, "little") + b"\xc3\x00" + (1).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("answer", "events"),
    [
        ((inserted(),), [("order", "J1", "accepted")]),
        ((counted(),), [("order", "J1", "accepted")]),
        ((OK,), [("order", "J1", "unanswered")]),
        ((error(547, "no"), done(2)), []),
    ],
)
def test_whether_a_conditional_insert_was_executed_is_told_by_its_count(
    answer: tuple[bytes, ...], events: list[tuple[str, str, str]]
) -> None:
    assert SqlClient().ask(batch(EXISTS + insert(1)), *answer).events() == events


def test_of_several_branches_the_counts_tell_which_was_taken() -> None:
    sql = f"IF @@ROWCOUNT = 1 {insert(1)} ELSE UPDATE t SET a = 1; {insert(2)}"
    updated = b"\xfd" + DONE_COUNT.to_bytes(2, "little") + b"\xc5\x00" + (1).to_bytes(8, "little")
    client = SqlClient().ask(batch(sql), updated, inserted())
    assert client.orders() == ["J2"]
    assert SqlClient().ask(batch(sql), inserted(), inserted()).orders() == ["J1", "J2"]


def test_rows_that_cannot_be_read_in_the_text_are_told() -> None:
    sql = f"INSERT INTO ordwth({','.join(COLUMNS)}) SELECT * FROM staging"
    client = SqlClient().ask(batch(sql), counted(3))
    assert client.orders() == []
    (problem,) = client.outcome
    assert isinstance(problem, Problem)
    assert (problem.kind.value, problem.detail[:14]) == ("orphan", "insert ordwth:")


def test_an_unknown_token_hides_only_what_is_behind_it() -> None:
    client = SqlClient()
    client.turn(0, batch("select * from ordwth2"))
    client.turn(1, response(report(1), b"\x42", report(2)))
    assert client.events() == [("confirm", "J1", None)]
    assert client.troubles() == ["malformed"]
    assert client.ask(batch(insert(3)), counted()).orders() == ["J3"]


def test_an_insert_whose_answer_could_not_be_read_whole_says_so() -> None:
    client = SqlClient()
    client.turn(0, batch(insert(1)))
    client.turn(1, response(counted(), b"\x42"))
    assert client.events() == [("order", "J1", "unanswered")]


def test_rows_of_a_query_that_was_cancelled_are_its_own() -> None:
    client = SqlClient()
    client.turn(0, batch("select * from other..ordwth2"))
    client.turn(0, b"\x06\x01\x00\x08\x00\x00\x01\x00")
    client.turn(1, response(report(1), done(0x20)))
    (event,) = [item for item in client.outcome if isinstance(item, Event)]
    assert (event.origin, client.troubles()) == ("other", [])


def test_both_sides_of_a_trade_count_whatever_the_case_of_their_letter() -> None:
    names = ("gddm", "cjbh", "zqdm", "cjsl", "bs", "cjjg", "sqbh")
    fills = table(names, *(["A1", "7", "600519", "100", side, "1.5", "J1"] for side in "BbSs"))
    client = SqlClient().ask(batch("select * from cjhb"), fills, counted(4))
    assert [kind for kind, _, _ in client.events()] == ["fill", "fill"]
