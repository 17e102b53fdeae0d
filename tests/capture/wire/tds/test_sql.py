"""The statements of a SQL text: what counts, what is only text, and how long it may take."""

import itertools
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.sql import Statement, statements, table_name, without_comments

NAME = ("oiw", "dbo", "ordwth")
LARGE_TEXT_SECONDS_MAX = 2


def only(sql: str, arguments: dict[str, Any] | None = None) -> Statement:
    (statement,) = statements(sql, arguments)
    return statement


def values(sql: str, arguments: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """The values of a one-row INSERT."""
    (row,) = only(sql, arguments).rows
    return row


def verbs(sql: str) -> list[str]:
    return [statement.verb for statement in statements(sql)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ordwth", ("ordwth",)),
        ("OIW.dbo.OrdWth", NAME),
        ("[oiw].[dbo].[ordwth]", NAME),
        ('"oiw" . "dbo" . "ordwth"', NAME),
        ("oiw..ordwth", ("oiw", "", "ordwth")),
        ("[a.b]]c].[ordwth]", ("a.b]c", "ordwth")),
        ("[order table]", ("order table",)),
        ("#temporary", ("#temporary",)),
        ("委托表", ("委托表",)),
    ],
)
def test_names_are_taken_apart_in_lower_case(text: str, name: tuple[str, ...]) -> None:
    assert table_name(text) == name
    assert only(f"INSERT INTO {text} VALUES(1)").table == name


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO ordwth(a,b)VALUES(1,'x')",
        "insert ordwth ( a , b ) values ( 1 , 'x' ) ;",
        "  ;; INSERT TOP (1) INTO ordwth(a, b) VALUES (1, N'x')",
        "INSERT INTO ordwth WITH (ROWLOCK) ([a],[b]) VALUES (1,'x')",
        "INSERT INTO ordwth(a,b) OUTPUT inserted.rec_num VALUES(1,'x')",
        "INSERT INTO ordwth(a,b) OUTPUT inserted.rec_num INTO @t VALUES(1,'x')",
        "/* order */ INSERT/**/INTO ordwth(a,--first\nb)VALUES(1,'x')--end",
        "INSERT\r\nINTO\tordwth\r\n(a,\r\nb)\r\nVALUES\r\n(1,\r\n'x')\r\n",
        "INSERT INTO[ordwth]([a],[b])VALUES(1,'x')",
        "INSERT[ordwth](a,b)SELECT(1),'x'",
        'INSERT TOP(1)INTO"ordwth"("a","b")SELECT 1,\'x\'',
    ],
)
def test_an_insert_is_read_however_it_is_written(sql: str) -> None:
    assert only(sql) == Statement("insert", ("ordwth",), ("a", "b"), ((1, "x"),))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+7", 7),
        ("11.625", "11.625"),
        (".5", ".5"),
        ("-0.10", "-0.10"),
        ("9" * 30, int("9" * 30)),
        pytest.param("9" * 5000, "9" * 5000, id="long"),
        ("NULL", None),
        ("null", None),
        ("0xDEADbeef", "deadbeef"),
        ("0x", ""),
        ("''", ""),
        ("'O''Neil'", "O'Neil"),
        ("''''", "'"),
        ("N'中文'", "中文"),
        ("'a,b)'", "a,b)"),
        ("'--no comment'", "--no comment"),
        ("'/*'", "/*"),
        ("'two\nlines'", "two\nlines"),
        ("@unknown", None),
        ("GETDATE()", None),
        ("'a' + 'b'", None),
        ("f('x,)', (1))", None),
        ("DEFAULT", None),
        ("1.5e3", "1500"),
        ("-1.25E-2", "-0.0125"),
        ("1e999999", None),
        ("1e0000000000995108448976298671", None),
        ("1e00003", "1000"),
        ("²", None),
        ("٣", None),
        ("1e٣", None),
        ("$17.11", "17.11"),
        ("-$5", "-5"),
        ("¥-5.5", "-5.5"),
        ("- 7", -7),
        ('"old style"', "old style"),
        ('"a""b"', 'a"b'),
        ("n'x'", "x"),
        ("0xabc", "0abc"),
        ("{ts '2025-11-27 09:30:00'}", "2025-11-27 09:30:00"),
        ("((( 'x' )))", "x"),
        ("(1)+(2)", None),
        ("CAST('17.11' AS char(8))", "17.11"),
        ("cast(5 as varchar)", "5"),
        ("CONVERT(int, '200')", 200),
        ("CAST('too long' AS char(3))", None),
        ("CAST(0x41 AS char(1))", None),
        ("CONVERT(char(8), GETDATE(), 112)", None),
        ("CAST(17.115 AS decimal(8,2))", None),
        ("CURRENT_TIMESTAMP", None),
        ("CASE WHEN 1=1 THEN 'a,b' ELSE 'c' END", None),
        ("(SELECT MAX(rec_num)+1 FROM t)", None),
        ("1+1", None),
        ("NULLIF(1,2)", None),
        ("(1)", 1),
    ],
)
def test_literals_are_values_and_expressions_are_unknown(literal: str, value: Any) -> None:
    assert values(f"INSERT t VALUES('before',{literal},'after')") == ("before", value, "after")
    assert values(f"INSERT t VALUES({literal})") == (value,)


def test_what_has_no_value_in_the_text_is_named() -> None:
    sql = "INSERT t(a,b,c) VALUES(GETDATE(), 'x', @unknown)"
    assert only(sql).unread == "no value in the text for a, c"
    assert only(sql, {"@unknown": 1}).unread == "no value in the text for a"
    assert only("INSERT t VALUES(1, f())").unread == "no value in the text for 2"
    assert only("INSERT t(a,b,c) VALUES(NULL, DEFAULT, 'x')").unread == ""


def test_a_row_is_read_the_same_whatever_its_neighbours_look_like() -> None:
    written = ["'O''Neil'", "N'中'", "NULL", "-1", "17.110", "0xAB", "f()", "@p"]
    expected = ("O'Neil", "中", None, -1, "17.110", "ab", None, 5)
    for places in itertools.combinations(range(len(written)), 3):
        row = ",".join(written[place] for place in places)
        for sql in (f"INSERT t VALUES({row})", f"INSERT t(a,b,c) VALUES({row}) ,( {row} )"):
            found = only(sql, {"@p": 5}).rows
            assert set(found) == {tuple(expected[place] for place in places)}


def test_several_rows_of_one_insert() -> None:
    assert only("INSERT t(a) VALUES (1), (2) ,(3);").rows == ((1,), (2,), (3,))


def test_an_insert_without_columns_has_none() -> None:
    assert only("INSERT t VALUES(1,2)").columns == ()


def test_parameters_take_their_arguments_whatever_their_case() -> None:
    sql = "INSERT t VALUES(@P1, @p2, 'x', @missing)"
    assert values(sql, {"@p1": 5, "@p2": None}) == (5, None, "x", None)
    assert values(sql, {"@p1": 6}) == (6, None, "x", None)
    assert not only(sql, {}).has_parameters


def test_statements_follow_one_another_with_or_without_semicolons() -> None:
    sql = "SET NOCOUNT ON INSERT a VALUES(1) INSERT b VALUES(2); UPDATE c SET x=1 SELECT 1"
    found = statements(sql)
    assert [statement.verb for statement in found] == [
        "set",
        "insert",
        "insert",
        "update",
        "select",
    ]
    assert [statement.table for statement in found] == [(), ("a",), ("b",), ("c",), ()]


def test_the_tables_of_other_statements_are_known() -> None:
    assert only("select top 200 * from oiw01..ashare_ordwth2 where a='b'").table[-1] == (
        "ashare_ordwth2"
    )
    assert only("UPDATE [dbo].[ordwth] SET status='P' WHERE rec_num=1").table == ("dbo", "ordwth")
    assert only("DELETE FROM ordwth").table == ("ordwth",)


def test_a_condition_before_an_insert_is_a_statement_of_its_own() -> None:
    sql = "IF NOT EXISTS (SELECT 1 FROM t WHERE a=(2)) INSERT t VALUES(1) ELSE PRINT 'INSERT'"
    assert verbs(sql) == ["if", "insert", "else", "print"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'INSERT t VALUES(1)'",
        "-- INSERT t VALUES(1)",
        "/* INSERT t VALUES(1) /* nested */ INSERT t VALUES(1) */",
        "/* unclosed INSERT t VALUES(1)",
        "PRINT 'it''s INSERT t VALUES(1)'",
        "SELECT [INSERT t VALUES(1)] FROM x",
        "INSERT t SELECT a FROM b",
        "INSERT BULK t (a int)",
        "INSERT",
        "INSERT INTO t(a) VALUES",
        "",
    ],
)
def test_text_that_only_looks_like_an_insert_has_no_rows(sql: str) -> None:
    assert [row for statement in statements(sql) for row in statement.rows] == []


def test_comments_become_a_space_and_strings_stay() -> None:
    assert without_comments("a/*x*/b--y\nc") == "a b \nc"
    assert without_comments("'/*'/*'*/'*/'--'x") == "'/*' '*/' "
    assert without_comments("a/*'*/b'/*'c") == "a b'/*'c"
    assert without_comments("a*/b") == "a*/b"


@pytest.mark.parametrize(
    "sql", ["INSERT t VALUES('a', 'b", "INSERT t VALUES(1,", "INSERT t VALUES"]
)
def test_an_insert_cut_inside_its_values_is_reported(sql: str) -> None:
    statement = only(sql)
    assert (statement.rows, statement.unread) == ((), "its values do not end")


@pytest.mark.parametrize(
    "repeated",
    ["[", "'", '"', "(", "INSERT [", "select [", "select from [", "INSERT ", "INSERT t VALUES(",
     "INSERT t VALUES(1),(", "/*", "*/", "--", "@", "N'", "a.", "[a].", "UPDATE [", "0x",
     "INSERT INTO t(", "INSERT t OUTPUT a ", "''", "INSERT t VALUES('a' ", "INSERT t SELECT 'a',",
     "INSERT t SELECT 1 UNION ", "EXEC p '", "EXEC(", "EXEC p @a=", "SET @a=", "DECLARE @a int,",
     "IF ", "BEGIN ", "END ", "CASE ", "CAST(", "CAST(1 AS ", "INSERT t VALUES(CAST(", "AS ",
     "{ts '", "INSERT t(a) VALUES('a'),", "INSERT t(a) VALUES('a'" + " " * 50, "UPDATE t SET ",
     "MERGE ", "INSERT t SELECT @a,", "INSERT t SELECT * FROM @t ORDER BY ",
     "INSERT t(a) SELECT a FROM @t OPTION (", "INSERT t SELECT * FROM @t ORDER BY OFFSET"],
)  # fmt: skip
def test_hostile_repetition_takes_no_longer_than_its_length_allows(repeated: str) -> None:
    started = time.process_time()
    statements(repeated * (60_000 // len(repeated)))
    assert time.process_time() - started < LARGE_TEXT_SECONDS_MAX


@pytest.mark.parametrize("start", ["INSERT t", "INSERT", "INSERT t(a)", "INSERT t VALUES(1"])
def test_hostile_white_space_takes_no_longer_than_its_length_allows(start: str) -> None:
    started = time.process_time()
    statements(start + " " * 60_000 + "x")
    assert time.process_time() - started < LARGE_TEXT_SECONDS_MAX


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
row_values = st.lists(texts | st.integers() | st.none(), min_size=1, max_size=6)


def literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "N'" + value.replace("'", "''") + "'"


@settings(max_examples=200, deadline=None)
@given(st.lists(row_values, min_size=1, max_size=4))
def test_values_written_as_literals_come_back(rows: list[list[str | int | None]]) -> None:
    written = ", ".join("(" + ",".join(map(literal, row)) + ")" for row in rows)
    found = only(f"INSERT INTO [ordwth] VALUES {written};")
    assert found.rows == tuple(tuple(row) for row in rows)


fragments = st.sampled_from([
    "INSERT", " INTO ", "ordwth", "VALUES", "(", ")", ",", "'", "''", "N'", "[", "]", '"', "--",
    "\n", "/*", "*/", "@p", "0x1", "1", ".", ";", " ", "SELECT", "FROM", "NULL", "UPDATE",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(fragments | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_is_so_strange_that_reading_it_raises(sql: str) -> None:
    for statement in statements(sql):
        assert isinstance(statement, Statement)
