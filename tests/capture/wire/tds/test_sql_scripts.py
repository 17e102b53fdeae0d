"""Texts of several statements: which INSERTs are executed, and with which values."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.sql import REMEMBERED_CHARACTERS_MAX, Statement, statements
from capture.wire.tds.sql_inserts import REMEMBERED_HEADS_MAX, ROWS_MAX

ROW = "('0000000001','600519')"
INSERT = f"INSERT INTO ordwth(reff,stock) VALUES{ROW}"
VALUES = ("0000000001", "600519")
MANY, MANY_SECONDS_MAX = 20_000, 5


def inserts(sql: str, arguments: dict[str, Any] | None = None) -> list[Statement]:
    return [each for each in statements(sql, arguments) if each.verb == "insert"]


def rows(sql: str, arguments: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return [row for each in inserts(sql, arguments) for row in each.rows]


@pytest.mark.parametrize(
    "sql",
    [
        f"SET NOCOUNT ON {INSERT}",
        f"SET NOCOUNT ON; {INSERT}; SELECT @@IDENTITY",
        f"SET XACT_ABORT ON\nBEGIN TRAN\n{INSERT}\nCOMMIT TRAN",
        f"BEGIN {INSERT} END",
        f"DECLARE @n int {INSERT} SET @n = @@ROWCOUNT",
        f"UPDATE t SET a=1 WHERE b=2 {INSERT}",
        f"UPDATE t SET a=CASE WHEN b=1 THEN 2 ELSE 3 END {INSERT}",
        f"DELETE FROM t WHERE a='INSERT' {INSERT}",
        f"SELECT a FROM t UNION ALL SELECT b FROM u {INSERT}",
        f"IF 1=1 SELECT 1 ELSE SELECT 2 {INSERT}",
        f"IF 1=1 BEGIN SELECT 1 END ELSE BEGIN SELECT 2 END {INSERT}",
        f"WHILE 1=0 BEGIN SELECT 1 END; {INSERT}",
        f"SELECT @insert, #t.a FROM #t {INSERT}",
        f"SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT 5 ROWS ONLY {INSERT}",
        f"EXEC p 1, 'INSERT' {INSERT}",
        f"DROP TABLE #t {INSERT}",
        f"MERGE t USING u ON a=b WHEN NOT MATCHED THEN INSERT (a) VALUES (1); {INSERT}",
        f"WITH x AS (SELECT 1 a) {INSERT}",
        f"/* order */ {INSERT} -- done",
        f"SET FMTONLY ON SELECT a FROM ordwth SET FMTONLY OFF {INSERT}",
        f"EXEC('{INSERT.replace(chr(39), chr(39) * 2)}')",
        f"EXEC sp_executesql N'{INSERT.replace(chr(39), chr(39) * 2)}'",
    ],
)
def test_an_insert_that_is_certainly_executed_is_found_among_others(sql: str) -> None:
    (found,) = inserts(sql)
    assert (found.table[-1], found.columns, found.rows) == ("ordwth", ("reff", "stock"), (VALUES,))
    assert (found.unread, found.is_conditional) == ("", False)


@pytest.mark.parametrize(
    "sql",
    [
        f"IF NOT EXISTS (SELECT 1 FROM ordwth WHERE reff='1') {INSERT}",
        f"IF @a=1 SELECT 1 ELSE {INSERT}",
        f"IF @a=1 BEGIN SELECT 1 {INSERT} END",
        f"IF @a=1 IF @b=1 {INSERT}",
        f"IF @a=1 RETURN {INSERT}",
        f"BEGIN TRY {INSERT} END TRY BEGIN CATCH SELECT 1 END CATCH",
        f"BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH {INSERT} END CATCH",
        f"IF @a=1 EXEC('{INSERT.replace(chr(39), chr(39) * 2)}')",
        "INSERT INTO ordwth(reff,stock) SELECT '0000000001','600519' WHERE NOT EXISTS(SELECT 1)",
    ],
)
def test_whether_an_insert_is_executed_may_be_open(sql: str) -> None:
    (found,) = inserts(sql)
    assert (found.rows, found.is_conditional) == ((VALUES,), True)


@pytest.mark.parametrize(
    "sql",
    [
        f"CREATE PROCEDURE p AS {INSERT}",
        f"create or alter trigger g on t after insert as {INSERT}",
        f"SET NOEXEC ON {INSERT}",
        f"SET FMTONLY ON {INSERT} SET FMTONLY OFF",
        f"PRINT '{INSERT.replace(chr(39), chr(39) * 2)}'",
        f"MERGE t USING u ON a=b WHEN NOT MATCHED THEN INSERT (a) VALUES {ROW};",
    ],
)
def test_an_insert_that_is_not_executed_gives_no_row(sql: str) -> None:
    assert rows(sql) == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("INSERT ordwth SELECT reff, stock FROM staging", "the rows of a query"),
        ("INSERT ordwth(a) SELECT 'x' WHERE 1=1 UNION SELECT 'y'", "the rows of a query"),
        ("INSERT ordwth(a) (SELECT a FROM t)", "the rows of a query"),
        ("INSERT ordwth EXEC p 1", "the rows of a procedure"),
        ("INSERT ordwth DEFAULT VALUES", "rows not in the text"),
        (f"WHILE @i < 5 BEGIN {INSERT} SET @i = @i + 1 END", "in a loop"),
        ("INSERT ordwth(a) VALUES " + ",".join(["(1)"] * (ROWS_MAX + 1)), "more than 10000 rows"),
    ],
)
def test_rows_that_the_text_does_not_have_are_reported(sql: str, reason: str) -> None:
    (found,) = inserts(sql)
    assert (found.table, found.rows, found.unread) == (("ordwth",), (), reason)


def test_texts_put_together_by_the_server_are_reported() -> None:
    for sql in ("EXEC(@sql)", "EXEC('INSERT ' + @t)", "EXEC sp_executesql @sql, N'@a int', 1"):
        (found,) = statements(sql)
        assert found.unread == "a text that the server puts together"


def test_rows_merged_into_a_table_are_reported() -> None:
    (found,) = statements("MERGE INTO dbo.ordwth AS o USING s ON o.a=s.a WHEN MATCHED THEN DELETE;")
    assert (found.table, found.unread) == (("dbo", "ordwth"), "rows that are merged")


@pytest.mark.parametrize(
    "selected",
    [
        "SELECT 'a', 1",
        "SELECT ALL N'a', 1",
        "SELECT TOP 1 'a', 1",
        "(SELECT 'a', 1)",
        "SELECT 'a' AS reff, 1 AS [rec num]",
        "SELECT 'a' reff, 1 rec",
        "SELECT reff = 'a', rec = 1",
        "SELECT @a, (1)",
        "SELECT 'a', 1 UNION SELECT 'a', 1",
    ],
)
def test_an_insert_may_select_literals(selected: str) -> None:
    (found,) = inserts(f"INSERT INTO ordwth(reff, rec_num) {selected}; SELECT 1", {"@a": "a"})
    assert (found.rows, found.unread, found.is_conditional) == ((("a", 1),), "", False)


@pytest.mark.parametrize(
    "selected",
    [
        "SELECT * FROM (VALUES('a', 1), ('b', 2)) AS v(x, y)",
        "SELECT v.* FROM(VALUES('a',1),('b',2))v(x,y);",
        "SELECT y, x FROM (VALUES (1, 'a'), (2, @b)) AS [v]([X], [Y])",
        "select v.x, v.y from (values (0, 'a', 1), (0, 'b', 2)) as v (z, x, y)",
    ],
)
def test_an_insert_may_select_from_values(selected: str) -> None:
    (found,) = inserts(f"INSERT INTO ordwth(reff, rec_num) {selected} SELECT 1", {"@b": "b"})
    assert (found.rows, found.unread) == ((("a", 1), ("b", 2)), "")


def test_values_of_many_names_take_no_more_time_than_others() -> None:
    names = ",".join(f"c{number}" for number in range(MANY))
    values = ",".join(["1"] * MANY)
    started = time.process_time()
    (found,) = inserts(f"INSERT t({names}) SELECT {names} FROM (VALUES({values})) v({names})")
    assert time.process_time() - started < MANY_SECONDS_MAX
    assert found.rows == ((1,) * MANY,)


def test_values_and_literals_may_stand_side_by_side() -> None:
    (found,) = inserts("INSERT t(a, b, c) SELECT 'R', x, 5 FROM (VALUES(1),(2)) v(x)")
    assert found.rows == (("R", 1, 5), ("R", 2, 5))


@pytest.mark.parametrize(
    "selected",
    [
        "SELECT x FROM (VALUES(1),(2)) v(x) WHERE x > 1",
        "SELECT z FROM (VALUES(1)) v(x)",
        "SELECT x FROM (VALUES(1,2)) v(x)",
        "SELECT x, x + 1 FROM (VALUES(1)) v(x)",
        "SELECT TOP 1 x FROM (VALUES(1),(2)) v(x)",
        "SELECT DISTINCT x FROM (VALUES(1),(1)) v(x)",
        "SELECT x FROM (VALUES(1),(2)) v(x), t",
        "SELECT x FROM (VALUES(1),(2)",
    ],
)
def test_of_other_queries_of_values_no_row_is_guessed(selected: str) -> None:
    (found,) = inserts(f"INSERT INTO ordwth(reff) {selected}")
    assert (found.rows, found.unread) == ((), "the rows of a query")


def test_selects_of_literals_are_joined() -> None:
    sql = (
        "INSERT ordwth(a) SELECT 'x' UNION ALL SELECT 'x' union all (SELECT 'y') INSERT b VALUES(1)"
    )
    assert [each.rows for each in inserts(sql)] == [(("x",), ("x",), ("y",)), ((1,),)]


def test_many_inserts_of_one_batch_with_and_without_semicolons() -> None:
    for separator in ("", ";", " ", "\r\n", ";\nGO\n", " -- next\n"):
        sql = separator.join(f"INSERT ordwth(rec_num) VALUES({number})" for number in range(80))
        assert rows(sql) == [(number,) for number in range(80)]


@pytest.mark.parametrize(
    "before",
    [
        "DECLARE @r char(10) = 'x', @s int; SET @s = 5",
        "DECLARE @r char(10), @s int SELECT @r = 'x', @s = 5",
        "DECLARE @r AS varchar(10); SET @r = N'x' DECLARE @s int = @p",
    ],
)
def test_variables_have_the_values_the_text_gives_them(before: str) -> None:
    (found,) = inserts(f"{before} INSERT ordwth(a,b) VALUES(@r, @s)", {"@p": 5})
    assert (found.rows, found.unread) == ((("x", 5),), "")


@pytest.mark.parametrize(
    "before",
    [
        "DECLARE @r int",
        "DECLARE @r int = 1 SELECT @r = MAX(rec_num) FROM ordwth",
        "DECLARE @r int = 1 SET @r = @r + 1",
        "DECLARE @r int = 1 SET @r += 1",
        "DECLARE @r int = 1 IF @x = 1 SET @r = 2",
        "DECLARE @r int = 1 EXEC next_number @n = @r OUTPUT",
        "DECLARE @r int = 1 UPDATE counter SET @r = value = value + 1",
        "DECLARE @r int = 1 FETCH NEXT FROM c INTO @r",
    ],
)
def test_variables_that_the_server_fills_have_no_value(before: str) -> None:
    (found,) = inserts(f"{before} INSERT ordwth(rec_num) VALUES(@r)")
    assert (found.rows, found.unread) == (((None,),), "no value in the text for rec_num")


def test_an_argument_that_the_text_changes_is_not_taken_for_its_value() -> None:
    sql = "SET @P1 = @P1 + 1 INSERT ordwth(a, b) VALUES(@P1, @P2)"
    assert rows(sql, {"@p1": 1, "@p2": 2}) == [(None, 2)]


def test_the_database_in_use_is_that_of_short_names() -> None:
    names = ("a", "dbo.a", "x..a")
    sql = "INSERT a VALUES(1) USE [Oiw01] " + " ".join(f"INSERT {name} VALUES(1)" for name in names)
    assert [each.table for each in inserts(sql)] == [
        ("a",),
        ("oiw01", "", "a"),
        ("oiw01", "dbo", "a"),
        ("x", "", "a"),
    ]


@pytest.mark.parametrize(
    ("sql", "columns", "values"),
    [
        ("EXEC p_ins_order 'a', 5, NULL", ("", "", ""), ("a", 5, None)),
        ("EXECUTE dbo.p_ins_order @reff='a', @qty = 5", ("@reff", "@qty"), ("a", 5)),
        ("exec @rc = [dbo].[p_ins_order] N'a', @x OUTPUT", ("", ""), ("a", None)),
        ("p_ins_order 'a,b', $5", ("", ""), ("a,b", "5")),
        ("SET NOCOUNT ON EXEC p_ins_order @P1, -1; SELECT 1", ("", ""), (7, -1)),
        ("EXEC p_ins_order", (), None),
    ],
)
def test_calls_in_a_text_have_named_and_positional_arguments(
    sql: str, columns: tuple[str, ...], values: tuple[Any, ...] | None
) -> None:
    (call,) = [each for each in statements(sql, {"@p1": 7}) if each.verb == "exec"]
    assert (call.table[-1], call.columns) == ("p_ins_order", columns)
    assert call.rows == (() if values is None else (values,))


@pytest.mark.parametrize(
    "arguments", ["'x', 5", "@b=5, @a='x'", "@P1, @b = 5"], ids=["places", "names", "passed on"]
)
def test_a_text_inside_a_text_has_arguments_of_its_own(arguments: str) -> None:
    sql = (
        "EXEC sp_executesql N'INSERT ordwth(a,b,c) VALUES(@a,@b,@P1)',"
        f" N'@a char(1), @b int', {arguments}"
    )
    (found,) = inserts(sql, {"@p1": "x"})
    assert (found.rows, found.unread) == ((("x", 5, None),), "no value in the text for c")


def test_texts_in_texts_are_followed_only_so_far() -> None:
    sql = "INSERT ordwth VALUES(1)"
    for depth in range(6):
        assert rows(sql) == ([(1,)] if depth <= 4 else [])
        sql = "EXEC('" + sql.replace("'", "''") + "')"


def test_a_line_of_a_quoted_name_is_no_end_of_the_column_list() -> None:
    (found,) = inserts('INSERT [a)b].[c] ([x)y], "z""(") VALUES (1, 2)')
    assert (found.table, found.columns) == (("a)b", "c"), ("x)y", 'z"('))


def test_heads_forgotten_are_read_again() -> None:
    for _ in range(2):
        for number in range(REMEMBERED_HEADS_MAX + 2):
            (found,) = inserts(f"INSERT t{number}(a) VALUES(1)")
            assert found.table == (f"t{number}",)


def test_texts_too_long_to_be_remembered_are_read_as_well() -> None:
    sql = "SELECT 1 " + f"INSERT t VALUES('{'x' * REMEMBERED_CHARACTERS_MAX}')"
    assert len(rows(sql)) == len(rows(sql)) == 1


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda name: name == name.strip()
)
written_names = names.flatmap(
    lambda name: st.sampled_from([
        (name, "[" + name.replace("]", "]]") + "]"),
        (name, '"' + name.replace('"', '""') + '"'),
    ])
)  # fmt: skip
noise = st.sampled_from([
    "", "SET NOCOUNT ON ", "/* INSERT t VALUES(1) /* ' */ */", "-- it's\n", "SELECT 1;", "; ;",
    "UPDATE t SET a='INSERT' WHERE b=(1) ", "EXEC p 'x', @y='z' ", "PRINT 'it''s' ",
    "IF 1=1 SELECT 1 ELSE SELECT 2 ", "DECLARE @x int = 5 ", "SELECT [a'b] FROM [c] ",
])  # fmt: skip


@given(
    st.lists(written_names, min_size=1, max_size=4),
    st.lists(written_names, min_size=1, max_size=6),
    st.lists(noise, max_size=4),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_what_is_written_is_what_is_read(
    table: list[tuple[str, str]], columns: list[tuple[str, str]], others: list[str], value: str
) -> None:
    """Whatever stands around it."""
    literal = "N'" + value.replace("'", "''") + "'"
    head = ".".join(quoted for _, quoted in table)
    listed = ",".join(quoted for _, quoted in columns)
    around = " ".join(others)
    insert = f"INSERT INTO {head} ({listed}) VALUES ({','.join([literal] * len(columns))})"
    (found,) = inserts(f"{around}{insert} {around}")
    assert found.table == tuple(name.lower() for name, _ in table)
    assert found.columns == tuple(name.lower() for name, _ in columns)
    assert found.rows == ((value,) * len(columns),)


fragments = st.sampled_from([
    "INSERT ", "INTO ", "t", "VALUES", "SELECT ", "UNION ALL ", "FROM ", "WHERE ", "EXEC ", "EXEC(",
    "sp_executesql ", "IF ", "ELSE ", "BEGIN ", "END ", "TRY ", "WHILE ", "SET ", "DECLARE ", "@a",
    "=", "'", "''", "N'", "(", ")", ",", ";", "[", "]", '"', "--", "\n", "/*", "*/", "1", "CAST(",
    " AS ", "OUTPUT ", "MERGE ", "USE ", "CASE ", "CREATE PROC ", "{ts '", "0x", "$", "1e5",
])  # fmt: skip


@given(st.lists(fragments, max_size=40).map("".join))
def test_no_script_is_so_strange_that_reading_it_raises(sql: str) -> None:
    for found in statements(sql, {"@a": 1}):
        assert isinstance(found, Statement)
        assert not found.has_parameters


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("UPDATE dbo.ordwth SET status='P' WHERE rec_num=1", ("dbo", "ordwth")),
        ("UPDATE TOP (1) ordwth SET a=1", ("ordwth",)),
        ("UPDATE o SET status='P' FROM dbo.ordwth o JOIN t ON t.a=o.a", ("dbo", "ordwth")),
        ("DELETE ordwth WHERE rec_num IN (1,2)", ("ordwth",)),
        ("DELETE FROM [ordwth] WHERE a='x' AND b=(SELECT MAX(c) FROM t)", ("ordwth",)),
        ("DELETE o FROM ordwth AS o", ("ordwth",)),
    ],
)
def test_changed_and_deleted_rows_name_their_table(sql: str, table: tuple[str, ...]) -> None:
    (found,) = statements(sql)
    assert found.table == table
