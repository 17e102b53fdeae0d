"""Captures of real clients and servers, compared with what those wrote down themselves."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from capture.wire.tds.messages import Answer
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, scaled
from riskgw.messages.event import Event
from tests.capture.decoding import Decoded, decoded, packets, truth

SZSE = "szse/szse_session.pcap"
TDS = [
    "pymssql_batch",
    "pymssql_batch_tds70",
    "pymssql_batch_tds71",
    "pytds_executesql",
    "pytds_bigbatch",
    "pytds_ipv6",
    "pytds_tls_login_only",
    "error_and_tran",
    "pytds_mars",
    "freebcp_bulk",
]
WITH_RESULTS = [*TDS, "pytds_types", "pymssql_proc"]
PROCEDURES = {
    "p_ins_order": ["reff", "acc", "stock", "bs", "price", "qty", "owflag", "rec_num:out"]
}
ERROR_SEVERITY_MIN = 11
DECIMAL_TYPES = ("decimaln", "numericn", "moneyn")


def tds(name: str) -> Decoded:
    return decoded(packets(f"tds/{name}.pcap"))


def agrees(told: dict[str, Any], fields: dict[str, Any]) -> bool:
    """Whether all told fields are there, and what is not told is blank or 0."""
    rest = [value for name, value in fields.items() if name not in told]
    return {name: fields.get(name) for name in told} == told and not any(rest)


def told_fields(message: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message of the truth, in the shape of ours."""
    told = dict(message.get("fields", {}))
    if "extra_hex" in message:
        told["extra"] = message["extra_hex"]
    if "raw" in told:
        told["raw"] = told["raw"].encode().hex()
    return told


@pytest.mark.parametrize("direction", ["up", "down"])
def test_every_szse_message_is_decoded_in_its_order(direction: str) -> None:
    told = [each for each in truth(SZSE)["messages"] if each["dir"] == direction]
    found = [message for sent, message in decoded(packets(SZSE)).messages if sent == direction]
    assert [message.type for message in found] == [each["MsgType"] for each in told]
    for each, message in zip(told, found, strict=True):
        assert message.name == each["name"]
        assert agrees(told_fields(each), message.fields())


def expected_szse_events(messages: list[dict[str, Any]]) -> Counter[str]:
    """Kinds of the events that the messages of a truth stand for."""
    kinds: Counter[str] = Counter()
    for each in messages:
        kind, fields = each["MsgType"], each.get("fields", {})
        if kind in (100101, 100401, 103701):
            kinds["order"] += 1
        elif kind == 190007:
            kinds["cancel"] += 1
        elif kind in (200102, 200115):
            words = {"0": "confirm", "4": "cancelled", "8": "reject", "F": "fill"}
            kinds[words[fields["ExecType"]]] += 1
        elif kind == 290008:
            kinds["cancel_reject"] += 1
        elif kind == 4:
            kinds["reject"] += 1
    return kinds


def test_szse_messages_become_the_events_they_stand_for() -> None:
    found = decoded(packets(SZSE))
    told = truth(SZSE)["messages"]
    assert Counter(event.event.value for event in found.events) == expected_szse_events(told)
    assert found.problem_kinds() == ["unknown_type"]


def test_szse_orders_have_their_fields() -> None:
    orders = [event for event in decoded(packets(SZSE)).events if event.event == "order"]
    told = [
        each["fields"] for each in truth(SZSE)["messages"] if 100_000 < each["MsgType"] < 190_000
    ]
    assert [
        (order.account, order.symbol, order.order_ref, order.price, order.quantity)
        for order in orders
    ] == [
        (each["AccountID"], each["SecurityID"], each["ClOrdID"], each["Price"] * 10,
         each["OrderQty"] * 10)
        for each in told
    ]  # fmt: skip


def test_szse_answers_know_the_account_of_their_order() -> None:
    found = decoded(packets(SZSE))
    accounts = {event.order_ref: event.account for event in found.events if event.event == "order"}
    answers = [event for event in found.events if event.event != "order"]
    assert {event.account for event in answers} <= set(accounts.values())
    for event in found.events:
        if event.event in ("cancel", "cancel_reject"):
            assert event.account == accounts[event.cancel_of]


def wire_orders(name: str) -> dict[int, dict[str, Any]]:
    """The fields of each order that the requests of a truth carry, by record number."""
    orders = [
        order
        for request in truth(f"tds/{name}.pcap")["requests"]
        for order in request.get("orders", [])
    ]
    return {order["rec_num"]: order for order in orders}


def same_row(told: dict[str, Any], fields: dict[str, Any]) -> bool:
    """Whether a row has the told values; numbers may be written as text."""
    return all(
        fields[name] == value
        or str(fields[name]) == str(value)
        # An empty field of a file is loaded as NULL.
        or (value == "" and fields[name] is None)
        for name, value in told.items()
    )


@pytest.mark.parametrize("name", TDS)
def test_inserted_rows_become_orders_and_cancels(name: str) -> None:
    orders = tds(name).orders()
    assert [int(event.fields["rec_num"]) for event in orders] == truth(f"tds/{name}.pcap")["orders"]
    told = wire_orders(name)
    for event in orders:
        assert same_row(told[int(event.fields["rec_num"])], event.fields)
        assert as_told(event, told[int(event.fields["rec_num"])])


def as_told(event: Event, order: dict[str, Any]) -> bool:
    """Whether the event says of the order what its row says."""
    return (event.account, event.symbol, event.order_ref, event.price, event.quantity) == (
        order["acc"],
        order["stock"],
        order["reff"],
        scaled(order["price"], PRICE_DIGITS),
        scaled(order["qty"], QUANTITY_DIGITS),
    ) and (event.event == "cancel") == (order["owflag"] == "WTH")


def test_a_cancel_points_to_its_order() -> None:
    orders = {event.fields["rec_num"]: event for event in tds("pymssql_batch").orders()}
    cancels = [event for event in orders.values() if event.event == "cancel"]
    assert cancels
    for cancel in cancels:
        assert cancel.cancel_of == orders[int(cancel.fields["ordrec"])].order_ref


def answers(found: Decoded) -> list[Answer]:
    return [message for _, message in found.messages if isinstance(message, Answer)]


def result_sets(found: Decoded) -> list[list[list[Any]]]:
    return [result.rows for answer in answers(found) for result in answer.response.results]


def told_results(name: str, event: str) -> list[dict[str, Any]]:
    return [each for each in truth(f"tds/{name}.pcap")["results"] if each["ev"] == event]


def as_shown(result: dict[str, Any]) -> list[list[Any]]:
    """Rows of the truth with text stripped and decimals without trailing zeros, as we show them."""
    kinds = [kind for _, kind in result["cols"]]
    return [list(map(cell_as_shown, kinds, row)) for row in result["rows"]]


def cell_as_shown(kind: str, cell: Any) -> Any:
    if kind in DECIMAL_TYPES and cell is not None:
        # To 28 digits, like the server that made the captures.
        return f"{Decimal(cell).normalize():f}"
    return cell.rstrip(" ") if isinstance(cell, str) else cell


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_result_rows_are_those_the_server_sent(name: str) -> None:
    told = [as_shown(each) for each in told_results(name, "resultset")]
    found = tds(name)
    assert [rows for rows in result_sets(found) if rows or rows in told] == told
    sets = [result for answer in answers(found) for result in answer.response.results]
    columns = [[column.name for column in result.columns] for result in sets if result.rows]
    assert columns == [
        [column for column, _ in each["cols"]]
        for each in told_results(name, "resultset")
        if each["rows"]
    ]


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_errors_are_those_the_server_sent(name: str) -> None:
    found = [
        error.number
        for answer in answers(tds(name))
        for error in answer.response.errors
        if error.severity >= ERROR_SEVERITY_MIN
    ]
    assert found == [each["number"] for each in told_results(name, "error")]


@pytest.mark.parametrize("name", WITH_RESULTS)
def test_return_values_are_those_the_server_sent(name: str) -> None:
    found = [value for answer in answers(tds(name)) for value in answer.response.return_values]
    told = [(each["name"], each["value"]) for each in told_results(name, "returnvalue")]
    assert found == told


def test_a_failed_insert_is_no_order_but_a_problem() -> None:
    found = tds("error_and_tran")
    assert [event.fields["rec_num"] for event in found.orders()] == [1]
    assert found.problem_kinds() == ["not_effective"]


def test_a_procedure_is_no_order_without_a_mapping() -> None:
    found = tds("pymssql_proc")
    assert (found.events, found.problems) == ([], [])


def test_a_mapped_procedure_places_the_orders_its_calls_carry() -> None:
    orders = decoded(packets("tds/pymssql_proc.pcap"), PROCEDURES).orders()
    told = [
        order
        for request in truth("tds/pymssql_proc.pcap")["requests"]
        for order in request["orders"]
    ]
    assert len(orders) == len(told) == 5
    for event, order in zip(orders, told, strict=True):
        assert same_row(order, event.fields)
        assert as_told(event, order)
        assert (event.fields["rec_num"], event.outcome) == (4242, "accepted")


def test_a_fill_polled_twice_is_one_event() -> None:
    found = tds("pytds_executesql")
    fills = [event for event in found.events if event.event == "fill"]
    numbers = {row[3] for rows in result_sets(found) for row in rows}
    assert sorted(event.fields["cjbh"] for event in fills) == sorted(numbers)


def test_ipv6_ends_stand_in_brackets() -> None:
    conns = {event.conn for event in tds("pytds_ipv6").events}
    assert len(conns) == 1
    assert all(end.startswith("[") for end in conns.pop().split(">"))


def test_full_encryption_is_reported_and_nothing_guessed() -> None:
    found = tds("pytds_tls_full")
    assert [message.type for _, message in found.messages] == ["prelogin", "prelogin"]
    assert found.events == []
    assert set(found.problem_kinds()) == {"encrypted"}
    assert sum(problem.size for problem in found.problems) > 15_000


def test_after_an_encrypted_log_in_everything_is_read() -> None:
    found = tds("pytds_tls_login_only")
    assert found.problem_kinds() == ["encrypted"]
    assert "login7" not in [message.type for _, message in found.messages]


def test_loaded_rows_are_a_message_and_count_when_they_are_acknowledged() -> None:
    found = tds("freebcp_bulk")
    (load,) = [message.fields() for _, message in found.messages if message.type == "bulk_load"]
    (told,) = truth("tds/freebcp_bulk.pcap")["requests"]
    assert load["table"] == told["table"]
    assert [name for name, _ in load["columns"]] == told["columns"]
    assert [[cell or "" for cell in row] for row in load["rows"]] == told["rows"]
    assert {event.outcome for event in found.orders()} == {"accepted"}
    assert found.problems == []


def test_multiplexed_sessions_are_told_apart() -> None:
    found = tds("pytds_mars")
    kinds = Counter(message.type for _, message in found.messages)
    assert kinds["rpc"] + kinds["sql_batch"] == len(truth("tds/pytds_mars.pcap")["requests"])
    assert all(answer.request for answer in answers(found))
    assert found.problems == []


def test_transactions_are_told_with_what_they_hold() -> None:
    found = tds("error_and_tran")
    ends = [message.fields() for _, message in found.messages if message.type == "tran"]
    assert ends == [
        {"op": "begin"},
        {"op": "commit", "begins": True},
        {"op": "begin"},
        {"op": "rollback", "begins": True},
    ]
    assert all(answer.request for answer in answers(found))
