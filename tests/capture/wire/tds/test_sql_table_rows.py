"""Rows that an INSERT takes from a table parameter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.sql import Statement, statements
from capture.wire.tds.sql_table_rows import AS_NAMED
from riskgw.messages.problem import Problem
from tests.capture.wire.sql_client import SqlClient, values
from tests.capture.wire.tds.dialogue import NVARCHAR, call, counted, nvarchar, rpc
from tests.capture.wire.tds.test_table_values import table, text

TABLE = [["a", 1], ["b", None]]
ROWS = (("a", 1), ("b", None))
UNREAD = "the rows of a query"


def filled(sql: str, **arguments: Any) -> Statement:
    given = {f"@{name}": value for name, value in arguments.items()}
    return next(each for each in statements(sql, given) if each.verb == "insert")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM @t",
        "select x.* from @T as x;",
        "SELECT*FROM @t ORDER BY y OPTION (RECOMPILE)",
        "SELECT * FROM @t; SELECT 1",
        "SELECT * FROM @t UPDATE other SET a = 1",
        "SELECT -- all\n * FROM @t",
    ],
)
def test_the_rows_of_a_table_are_those_of_the_insert(query: str) -> None:
    found = filled(f"INSERT INTO ordwth (x, y) {query}", t=TABLE)
    assert (found.table, found.columns) == (("ordwth",), ("x", "y"))
    assert (found.rows, found.unread, found.has_parameters) == (ROWS, "", False)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ALL x, y FROM @t",
        "SELECT [X], t.y FROM @t t ORDER BY y OPTION (RECOMPILE)",
        'SELECT "x", "y" FROM @t',
    ],
)
def test_that_columns_are_taken_as_a_select_names_them_is_told(query: str) -> None:
    """Their own order is not on the wire: what is taken for granted is said."""
    found = filled(f"INSERT INTO ordwth (x, y) {query}", t=TABLE)
    assert (found.rows, found.unread) == (ROWS, AS_NAMED)


def test_one_column_has_no_order() -> None:
    found = filled("INSERT t(a, x) SELECT 'R', x FROM @t", t=[["a"], ["b"]])
    assert (found.rows, found.unread) == ((("R", "a"), ("R", "b")), "")


def test_without_a_list_of_columns_all_are_taken_in_their_order() -> None:
    assert filled("INSERT ordwth SELECT * FROM @t", t=TABLE).rows == ROWS


def test_values_and_other_parameters_may_stand_between_the_columns() -> None:
    found = filled("INSERT t(a, x, b, y) SELECT 'R', x, @b, y FROM @t", t=TABLE, b=7)
    assert found.rows == (("R", "a", 7, 1), ("R", "b", 7, None))


def test_a_null_table_and_an_empty_one_have_no_rows() -> None:
    sql = "INSERT t(x, y) SELECT * FROM @t"
    for found in (filled(sql, t=None), filled(sql, t=[])):
        assert (found.rows, found.unread) == ((), "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT y, x FROM @t",
        "SELECT x FROM @t",
        "SELECT x, y, z FROM @t",
        "SELECT x, upper(y) FROM @t",
        "SELECT x, 'R' FROM @t",
        "SELECT TOP 1 * FROM @t",
        "SELECT DISTINCT * FROM @t",
        "SELECT * FROM @t WHERE x = 'a'",
        "SELECT * FROM @t JOIN other ON 1 = 1",
        "SELECT * FROM @t, other",
        "SELECT * FROM @t ORDER BY x OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY",
        "SELECT * FROM @t UNION ALL SELECT * FROM @t",
        "SELECT * FROM other WHERE x = @t",
        "SELECT * FROM @unknown",
    ],
)
def test_rows_that_are_not_certain_are_not_guessed(query: str) -> None:
    found = filled(f"INSERT INTO ordwth (x, y) {query}", t=TABLE)
    assert found.rows == () or found.is_conditional
    assert found.unread == UNREAD


def test_a_variable_of_the_text_is_no_parameter() -> None:
    sql = "DECLARE @v TABLE (x int, y int); INSERT t(x, y) SELECT * FROM @v"
    found = filled(sql, t=TABLE)
    assert (found.rows, found.unread) == ((), UNREAD)


def test_a_text_in_the_text_takes_no_table_of_the_outer_one() -> None:
    sql = "EXEC sp_executesql N'INSERT t(x, y) SELECT * FROM @t'"
    found = filled(sql, t=TABLE)
    assert (found.rows, found.unread) == ((), UNREAD)


def test_rows_of_a_table_are_orders_when_the_insert_took_effect() -> None:
    names = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag", "ordrec")
    sent = [b"".join(map(text, values(number))) for number in (1, 2, 3)]
    for selected, troubles in (("*", []), (", ".join(names), ["orphan"])):
        query = f"INSERT ordwth ({', '.join(names)}) SELECT {selected} FROM @t"
        question = call(
            10, nvarchar("", query), nvarchar("", "@t dbo.rows READONLY"),
            table(*sent, columns=(NVARCHAR,) * len(names)),
        )  # fmt: skip
        client = SqlClient().ask(rpc(question), counted(3))
        assert client.orders() == ["J1", "J2", "J3"]
        assert client.troubles() == troubles


def test_a_row_of_other_length_than_the_column_list_is_malformed() -> None:
    query = "INSERT ordwth (reff, acc) SELECT * FROM @t"
    sent = [b"".join(map(text, values(1)))]
    parameter = table(*sent, columns=(NVARCHAR,) * 9)
    question = call(10, nvarchar("", query), nvarchar("", "@t dbo.rows READONLY"), parameter)
    client = SqlClient().ask(rpc(question), counted(1))
    assert client.orders() == []
    (problem,) = client.outcome
    assert isinstance(problem, Problem)
    assert problem.detail == "INSERT ordwth: 9 values for 2 columns"


pieces = st.sampled_from([
    "SELECT ", "* ", "x", "y", ", ", "t.", "'R'", "@b ", "FROM ", "@t ", "AS t ", "ORDER BY x ",
    "OFFSET 1 ROWS ", "WHERE 1=1 ", "(", ")", ";", "UNION ALL ", "OPTION (", "[", '"', "--", " ",
])  # fmt: skip


@given(st.lists(pieces, max_size=14).map("".join))
def test_no_text_raises_or_leaves_rows_to_be_filled_in(text: str) -> None:
    for each in statements(f"INSERT t(x, y) SELECT {text}", {"@t": TABLE, "@b": 7}):
        assert all(type(row) is tuple for row in each.rows)
        assert not each.has_parameters
