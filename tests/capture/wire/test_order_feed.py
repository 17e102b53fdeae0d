"""From messages to events: what a statement wrote, whether it took effect, whose order it is."""

from collections.abc import Sequence

import pytest

from capture.wire.order_feed import OrderFeed
from capture.wire.session import Item
from capture.wire.tap import Batch, Numbering
from capture.wire.tds.session import TdsSession
from capture.wire.tds.sql import STATEMENTS_MAX
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.capture.wire.tds.dialogue import (
    DONE_COUNT,
    DONE_ERROR,
    INTN,
    batch,
    call,
    counted,
    done,
    error,
    integer,
    nvarchar,
    opening,
    response,
    return_value,
    rpc,
    table,
)
from tests.fakes import AT_NS, Conversation, captured, overheard, szse_logon, szse_order

PROCEDURES = {
    "p_ins_order": ["reff", "acc", "stock", "bs", "price", "qty", "owflag", "rec_num:out"]
}
COLUMNS = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag", "ordrec")
CONFIRMATION = ("rec_num", "reff", "acc", "stock", "status", "qty2", "owflag", "ordrec")
FAILED = done(DONE_ERROR)
DUPLICATE = error(2627, "duplicate key")

Outcome = list[Event | Problem]


def values(number: int, flag: str = "LPT", order: int = 0) -> tuple[str, ...]:
    return (
        str(number), f"J{number}", "A645078961", "600519", "B", "11.625", "200", flag, str(order)
    )  # fmt: skip


def insert(number: int, name: str = "ordwth", flag: str = "LPT", order: int = 0) -> str:
    literals = ",".join(f"'{value}'" for value in values(number, flag, order))
    return f"INSERT INTO {name}({','.join(COLUMNS)}) VALUES({literals});"


class Counter:
    """A client of the interface database: asks, is answered, and what comes of it is kept."""

    def __init__(self, feed: OrderFeed, conn: str = "1>2", database: str = "oiw") -> None:
        self._feed = feed
        self._conn = conn
        self._session = TdsSession(is_whole=True)
        self._numbering = Numbering()
        for end, data in opening(database=database):
            self._turn(end, data)

    def ask(self, question: bytes, *answer: bytes) -> Outcome:
        outcome = self._turn(0, question)
        return outcome + (self._turn(1, response(*answer)) if answer else [])

    def leave(self) -> Outcome:
        return self._heard(0, self._session.close(0))

    def _turn(self, end: int, data: bytes) -> Outcome:
        return self._heard(end, self._session.receive(end, data, AT_NS + end))

    def _heard(self, end: int, items: Sequence[Item]) -> Outcome:
        direction = "down" if end else "up"
        heard = Batch(self._conn, direction, "tds", AT_NS + end, items)
        return self._feed.hear(heard, self._numbering.first_of(heard))


def ask(sql: str, *answer: bytes) -> Outcome:
    return Counter(OrderFeed()).ask(batch(sql), *answer)


def events(outcome: Outcome) -> list[tuple[str, str | None, str | None]]:
    """Kind, reference and outcome."""
    return [
        (item.event.value, item.order_ref, item.outcome)
        for item in outcome
        if isinstance(item, Event)
    ]


def troubles(outcome: Outcome) -> list[str]:
    return [item.kind.value for item in outcome if isinstance(item, Problem)]


def test_an_accepted_insert_is_an_order_at_the_time_it_was_sent() -> None:
    (event,) = ask(insert(1), counted())
    assert isinstance(event, Event)
    assert (event.event, event.order_ref, event.outcome) == ("order", "J1", "accepted")
    assert (event.dir, event.at_ns, event.message, event.conn) == ("up", AT_NS, 5, "1>2")
    assert event.fields == dict(zip(COLUMNS, values(1), strict=True))


def test_nothing_comes_of_an_insert_before_its_answer() -> None:
    assert ask(insert(1)) == []


def test_an_insert_that_is_never_answered_is_an_order_that_says_so() -> None:
    counter = Counter(OrderFeed())
    counter.ask(batch(insert(1)))
    assert events(counter.leave()) == [("order", "J1", "unanswered")]


@pytest.mark.parametrize("answer", [(DUPLICATE, FAILED), (FAILED,), (DUPLICATE, done())])
def test_an_insert_that_failed_is_no_order(answer: tuple[bytes, ...]) -> None:
    outcome = ask(insert(1), *answer)
    assert (events(outcome), troubles(outcome)) == ([], ["not_effective"])


@pytest.mark.parametrize(("severity", "is_order"), [(10, True), (11, False)])
def test_only_messages_above_information_are_errors(severity: int, is_order: bool) -> None:
    assert bool(events(ask(insert(1), error(1, "text", severity), counted()))) == is_order


def test_the_reason_of_a_failure_is_told() -> None:
    (problem,) = ask(insert(1, "oiw.dbo.ordwth"), DUPLICATE, FAILED)
    assert isinstance(problem, Problem)
    assert problem.detail == "insert oiw.dbo.ordwth: 2627 duplicate key"


def test_of_several_inserts_only_those_that_counted_are_orders() -> None:
    sql = insert(1) + insert(2) + insert(3)
    outcome = ask(sql, counted(), DUPLICATE, FAILED, counted())
    assert events(outcome) == [("order", "J1", "accepted"), ("order", "J3", "accepted")]
    assert troubles(outcome) == ["not_effective"]


def test_inserts_after_an_error_that_ended_the_batch_are_no_orders() -> None:
    outcome = ask(insert(1) + insert(2) + insert(3), counted(), DUPLICATE, FAILED)
    assert events(outcome) == [("order", "J1", "accepted")]
    assert troubles(outcome) == ["not_effective", "not_effective"]


def test_statements_that_count_nothing_do_not_shift_the_answers() -> None:
    sql = "SET XACT_ABORT OFF " + insert(1) + "UPDATE t SET a=1;" + insert(2)
    outcome = ask(sql, counted(), counted(3), DUPLICATE, done(DONE_ERROR | DONE_COUNT))
    assert events(outcome) == [("order", "J1", "accepted")]


def test_an_insert_of_two_rows_is_two_orders() -> None:
    sql = f"{insert(1)[:-1]},({','.join(repr(value) for value in values(2))})"
    assert [reference for _, reference, _ in events(ask(sql, counted(2)))] == ["J1", "J2"]


def test_a_batch_of_more_statements_than_are_read_says_so() -> None:
    sql = insert(1) + "PRINT 1 " * (STATEMENTS_MAX - 2)
    assert troubles(ask(sql, counted())) == []
    outcome = ask(sql + "PRINT 1" + insert(2), counted())
    assert (len(events(outcome)), troubles(outcome)) == (1, ["limit"])


def test_an_insert_without_column_names_goes_by_the_order_of_the_table() -> None:
    sql = (
        "INSERT ordwth VALUES(7,'20251127','09:30:01','J7','A1','600519','B','1.5','100','R',"
        "'LPT','0',NULL,'01000',0x00)"
    )
    (event,) = ask(sql, counted())
    assert isinstance(event, Event)
    assert (event.order_ref, event.symbol, event.fields["checkord"]) == ("J7", "600519", "00")


def test_a_row_of_another_width_than_its_columns_is_malformed() -> None:
    outcome = ask("INSERT ordwth(reff,acc) VALUES('J1')", counted())
    assert (events(outcome), troubles(outcome)) == ([], ["malformed"])


@pytest.mark.parametrize(
    "name",
    ["orders", "ordwth_log", "xordwth", "ordwth3", "ordwth.backup"],
)
def test_inserts_into_other_tables_say_nothing(name: str) -> None:
    assert ask(insert(1, name), counted()) == []


@pytest.mark.parametrize(
    "name",
    ["ordwth", "ORDWTH", "[Ashare_OIW].[dbo].[ashare_ordwth]", "oiw01..ashare_ordwth",
     "dbo.ordwth", "ashare_ordwth_cancel"],
)  # fmt: skip
def test_the_order_table_is_known_by_whatever_prefix_a_broker_gave_it(name: str) -> None:
    assert events(ask(insert(1, name), counted())) == [("order", "J1", "accepted")]


def test_the_same_order_read_back_is_no_second_one() -> None:
    counter = Counter(OrderFeed())
    counter.ask(batch(insert(1)), counted())
    read = counter.ask(batch("select * from ordwth"), table(COLUMNS, values(1)), done())
    assert read == []


def test_an_order_read_from_the_table_alone_is_an_order() -> None:
    (event,) = ask("select * from ordwth", table(COLUMNS, values(1)), done())
    assert isinstance(event, Event)
    assert (event.event, event.dir, event.outcome) == ("order", "down", None)


@pytest.mark.parametrize(
    ("name", "database"),
    [("ordwth", "oiw"), ("oiw..ordwth", "master"), ("[OIW].[dbo].[ordwth]", "other")],
)
def test_an_order_read_by_another_client_is_the_same_order(name: str, database: str) -> None:
    feed = OrderFeed()
    Counter(feed).ask(batch(insert(1)), counted())
    exchange = Counter(feed, "3>2", database)
    select = batch(f"select * from {name} where status='R'")
    assert exchange.ask(select, table(COLUMNS, values(1)), done()) == []


def test_orders_of_two_databases_may_share_their_numbers() -> None:
    feed = OrderFeed()
    first = Counter(feed).ask(batch(insert(1)), counted())
    second = Counter(feed, "3>2", "other").ask(batch(insert(1)), counted())
    assert [event.origin for event in first + second if isinstance(event, Event)] == [
        "oiw",
        "other",
    ]


def test_a_cancel_names_the_order_behind_its_record_number() -> None:
    counter = Counter(OrderFeed())
    counter.ask(batch(insert(1)), counted())
    (event,) = counter.ask(batch(insert(2, flag="WTH", order=1)), counted())
    assert isinstance(event, Event)
    assert (event.event, event.order_ref, event.cancel_of) == ("cancel", "J2", "J1")


def test_confirmations_read_from_a_named_database_find_its_orders() -> None:
    feed = OrderFeed()
    Counter(feed).ask(batch(insert(1)), counted())
    select = batch("select top 200 * from oiw..ashare_ordwth2 where status1 not in ('A')")
    confirmed = ("9", "J2", "A1", "600519", "W", "200", "WTH", "1")
    outcome = Counter(feed, "3>2", "master").ask(select, table(CONFIRMATION, confirmed), done())
    assert troubles(outcome) == []
    assert [(event.event, event.cancel_of) for event in outcome if isinstance(event, Event)] == [
        ("cancelled", "J1")
    ]


def placed(number: int, output_name: str = "@rec_num") -> bytes:
    texts = (f"J{number}", "A645078961", "600519", "B", "11.625")
    output = integer(output_name, None, is_output=True)
    return rpc(call("dbo.p_ins_order", *(nvarchar("", text) for text in texts),
                    integer("", 200), nvarchar("", "LPT"), output))  # fmt: skip


RETURNED = return_value("@rec_num", INTN, b"\x04\x2a\x00\x00\x00")


def test_a_procedure_without_a_mapping_places_no_order() -> None:
    assert Counter(OrderFeed()).ask(placed(1), RETURNED, done()) == []


@pytest.mark.parametrize("output_name", ["@rec_num", "@REC_NUM", ""])
def test_a_mapped_procedure_places_an_order_with_its_returned_number(output_name: str) -> None:
    question = placed(1, output_name)
    (event,) = Counter(OrderFeed(PROCEDURES)).ask(question, RETURNED, done())
    assert isinstance(event, Event)
    assert (event.event, event.order_ref, event.price, event.quantity) == (
        "order",
        "J1",
        1_162_500,
        200_000,
    )
    assert event.fields["rec_num"] == 42


def test_orders_that_a_procedure_gives_the_same_number_go_by_their_reference() -> None:
    counter = Counter(OrderFeed(PROCEDURES))
    outcome = [
        item for number in (1, 2, 2) for item in counter.ask(placed(number), RETURNED, done())
    ]
    assert [reference for _, reference, _ in events(outcome)] == ["J1", "J2"]


def test_a_number_that_was_not_returned_is_unknown() -> None:
    (event,) = Counter(OrderFeed(PROCEDURES)).ask(placed(1), done())
    assert isinstance(event, Event)
    assert (event.order_ref, event.fields["rec_num"]) == ("J1", None)


def test_a_procedure_that_failed_placed_no_order() -> None:
    outcome = Counter(OrderFeed(PROCEDURES)).ask(placed(1), DUPLICATE, FAILED)
    assert (events(outcome), troubles(outcome)) == ([], ["not_effective"])


def test_szse_messages_are_heard_with_their_numbers() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon() + szse_order(1) + szse_order(2))]
    feed, numbering = OrderFeed(), Numbering()
    outcome: Outcome = []
    for heard in overheard(captured(frames)):
        outcome += feed.hear(heard, numbering.first_of(heard))
    numbered = [(event.message, event.source_seq) for event in outcome if isinstance(event, Event)]
    assert numbered == [(2, 1), (3, 2)]
