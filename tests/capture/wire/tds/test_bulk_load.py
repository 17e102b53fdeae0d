"""INSERT BULK and its rows: orders when the server has taken them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.bulk_load import bulk_table
from capture.wire.tds.messages import Request
from tests.capture.wire.sql_client import COLUMNS, SqlClient, values
from tests.capture.wire.tds.dialogue import (
    BULK,
    batch,
    bulk,
    counted,
    done,
    error,
    packet,
    response,
)

NAMES = COLUMNS[:8]  # as char(10) holds them
OK = done()


def loading(table: str = "ordwth", *numbers: int) -> bytes:
    return bulk(NAMES, *(values(number)[:8] for number in numbers or (1, 2)))


def announced(table: str = "ordwth") -> SqlClient:
    return SqlClient().ask(batch(f"INSERT BULK {table} ([rec_num] char(10))"), OK)


def test_loaded_rows_are_orders_when_they_are_acknowledged() -> None:
    client = announced()
    client.turn(0, loading())
    assert client.events() == []
    client.turn(1, response(counted(2)))
    assert client.events() == [("order", "J1", "accepted"), ("order", "J2", "accepted")]


def test_the_message_shows_table_columns_and_rows() -> None:
    client = announced("[oiw].[dbo].[ordwth]").ask(loading(), counted(2))
    request = next(item for item in client.items if getattr(item, "type", "") == "bulk_load")
    assert isinstance(request, Request)
    fields = request.fields()
    assert fields["table"] == "[oiw].[dbo].[ordwth]"
    assert fields["columns"][:2] == [["rec_num", "char"], ["reff", "char"]]
    assert [row[1] for row in fields["rows"]] == ["J1", "J2"]


def test_a_load_that_failed_is_no_order() -> None:
    client = announced().ask(loading(), error(4815, "invalid length"), done(2))
    assert (client.events(), client.troubles()) == ([], ["not_effective"])


def test_a_load_that_took_no_row_is_no_order() -> None:
    client = announced().ask(loading(), counted(0))
    assert (client.events(), client.troubles()) == ([], ["not_effective"])


def test_a_load_without_an_answer_says_so() -> None:
    client = announced().ask(loading()).leave()
    assert {outcome for _, _, outcome in client.events()} == {"unanswered"}


def test_rows_of_an_unknown_table_are_told_and_not_guessed() -> None:
    client = SqlClient().ask(loading(), counted(2))
    assert (client.events(), client.troubles()) == ([], ["orphan"])


def test_the_table_is_announced_for_one_load() -> None:
    client = announced().ask(loading(), counted(2)).ask(loading("x", 3), counted())
    assert client.orders() == ["J1", "J2"]
    assert client.troubles() == ["orphan"]


def test_rows_of_another_table_are_no_orders() -> None:
    assert announced("dbo.something").ask(loading(), counted(2)).outcome == []


def test_a_load_that_does_not_fit_is_malformed() -> None:
    assert announced().ask(packet(BULK, b"\x81\x01\x00")).troubles() == ["malformed"]


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("insert bulk ashare_ordwth ([a] INT)", "ashare_ordwth"),
        ("INSERT BULK [my db]..[a]]b] (x int)", "[my db]..[a]]b]"),
        ("  INSERT  BULK dbo . t(x int) with (TABLOCK)", "dbo . t"),
        ("INSERT INTO bulk VALUES(1)", ""),
        ("select 'insert bulk t'", ""),
        (f"insert bulk [{'x' * 1100}](a int)", ""),
    ],
)
def test_the_table_of_an_announcement(sql: str, table: str) -> None:
    assert bulk_table(sql) == table


@given(st.text(max_size=80))
def test_no_text_is_so_strange_that_looking_for_a_table_raises(sql: str) -> None:
    assert bulk_table("INSERT BULK " + sql) in sql
