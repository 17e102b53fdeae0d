"""An INSERT is the same in whatever form it is written: space, comments, case, quotes, literals."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.sql import Statement, statements

NAMES = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag")
spaces = st.sampled_from([
    " ", "\n", "\r\n", "\t", "\u3000", "/**/", "/* ' */", '/* " [ */', "--c\n", "-- '\r\n",
    "-- /* \n", "/* /* n */ */", "/*--*/", "--*/\n", "/*INSERT INTO ordwth VALUES('9')*/",
    "--INSERT INTO ordwth VALUES(1)\n",
])  # fmt: skip
texts = st.sampled_from([
    "J1", "a''b", "中文，委托", "'", "--x", "/*y*/", "*/", "", ";", "VALUES(1)", ")(", "[", "]",
    '"', "INSERT INTO ordwth", "😀", "@p", " lead", "trail ",
])  # fmt: skip
values = st.one_of(st.none(), st.integers(0, 10**9), texts)
tables = st.lists(
    st.lists(values, min_size=len(NAMES), max_size=len(NAMES)), min_size=1, max_size=3
)


def cased(draw: st.DrawFn, word: str) -> str:
    return draw(st.sampled_from([word, word.lower(), word.upper(), word.swapcase()]))


def name(draw: st.DrawFn, text: str) -> str:
    return draw(st.sampled_from(["{}", "[{}]", '"{}"'])).format(cased(draw, text))


def literal(draw: st.DrawFn, value: Any) -> list[str]:
    if value is None:
        return [cased(draw, "NULL")]
    if isinstance(value, int):
        return draw(st.sampled_from([[str(value)], [f"+{value}"], ["(", str(value), ")"]]))
    quoted = "'" + value.replace("'", "''") + "'"
    return [draw(st.sampled_from(["", "N", "n"])) + quoted]


def listed(draw: st.DrawFn, row: list[Any]) -> list[str]:
    """Its values with commas between them."""
    tokens: list[str] = []
    for value in row:
        tokens += [",", *literal(draw, value)]
    return tokens[1:]


def source(draw: st.DrawFn, rows: list[list[Any]]) -> list[str]:
    """VALUES of all rows, or a SELECT for each."""
    tokens: list[str] = []
    if draw(st.booleans()):
        for row in rows:
            tokens += [",", "(", *listed(draw, row), ")"]
        return [cased(draw, "VALUES"), *tokens[1:]]
    for row in rows:
        tokens += [cased(draw, "UNION"), cased(draw, "ALL"), cased(draw, "SELECT")]
        tokens += listed(draw, row)
    return tokens[2:]


def is_word(character: str) -> bool:
    return character.isalnum() or character in "_@#$"


def written(draw: st.DrawFn, tokens: list[str]) -> str:
    """Between two words stands something, elsewhere perhaps."""
    text = ""
    for token in tokens:
        is_needed = text and is_word(text[-1]) and is_word(token[0])
        text += "".join(draw(st.lists(spaces, min_size=bool(is_needed), max_size=2))) + token
    return text


@st.composite
def inserts(draw: st.DrawFn) -> tuple[str, list[list[Any]]]:
    rows = draw(tables)
    into = draw(st.sampled_from([[], ["INTO"]]))
    path = draw(st.sampled_from([[], ["dbo", "."], ["oiw", ".", "dbo", "."], ["oiw", ".", "."]]))
    tokens = [cased(draw, word) for word in ["INSERT", *into]]
    tokens += [part if part == "." else name(draw, part) for part in path]
    tokens.append(name(draw, "ashare_ordwth"))
    columns: list[str] = []
    for each in NAMES:
        columns += [",", name(draw, each)]
    return written(draw, [*tokens, "(", *columns[1:], ")", *source(draw, rows)]), rows


def of_interface(sql: str) -> list[Statement]:
    return [each for each in statements(sql) if each.verb == "insert"]


@given(inserts(), st.sampled_from(["", ";", " SELECT @@ROWCOUNT", ";UPDATE t SET a='P'", "--end"]))
def test_an_insert_says_the_same_however_it_is_written(
    insert: tuple[str, list[list[Any]]], behind: str
) -> None:
    sql, rows = insert
    (found,) = of_interface(sql + behind)
    assert (found.table[-1], found.columns) == ("ashare_ordwth", NAMES)
    assert found.rows == tuple(map(tuple, rows))
    assert (found.unread, found.is_conditional) == ("", False)
