"""Walks through a SQL text statement by statement, and reads those that write rows."""

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

from capture.wire.tds.sql_inserts import read_insert
from capture.wire.tds.sql_steps import BOUNDARIES, items, statement_end, steps
from capture.wire.tds.sql_table_rows import TableRows
from capture.wire.tds.sql_text import (
    DOTTED_NAME,
    GAP,
    NAME,
    STRING,
    WORD,
    bare,
    table_name,
    without_comments,
)
from capture.wire.tds.sql_values import UNREAD, Parameter, constant

STATEMENTS_MAX = 10_000
TEXTS_IN_TEXTS_MAX = 4
_PARTS_WITH_DATABASE = 3


class Statement(NamedTuple):
    """`table` is the dotted name in lower case, without brackets; rows are literal values.

    Of a procedure call, `table` is its name and `columns` are those of its parameters, empty
    where it gives only values. `unread` says what could not be read of it; `is_conditional` that
    the text leaves open whether it was executed.
    """

    verb: str
    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    has_parameters: bool = False
    unread: str = ""
    is_conditional: bool = False


_GAP = re.compile(r"[\s;]*+")
_WORD = re.compile(WORD)
_UPDATE = re.compile(rf"UPDATE{GAP}(?:TOP\s*+\([^()]*+\)\s*+)?({DOTTED_NAME})", re.IGNORECASE)
_DELETE = re.compile(rf"DELETE{GAP}(?:TOP\s*+\([^()]*+\)\s*+)?({DOTTED_NAME})", re.IGNORECASE)
_MERGE = re.compile(rf"MERGE{GAP}(?:INTO{GAP})?({DOTTED_NAME})", re.IGNORECASE)
_FROM = re.compile(rf"\bFROM{GAP}({DOTTED_NAME})", re.IGNORECASE)
_EXEC = re.compile(
    rf"(?:EXEC(?:UTE)?(?![@#$\w])\s*+)?(?:@\w++\s*+=\s*+)?({DOTTED_NAME})(?:\s*+;\s*+\d++)?\s*+",
    re.IGNORECASE,
)
_EXEC_TEXT = re.compile(rf"EXEC(?:UTE)?\s*+\(\s*+(?:(N?{STRING})\s*+\))?", re.IGNORECASE)
_NAMED = re.compile(r"\s*+(@[@#$\w]++)\s*+=(.*)", re.DOTALL)
_OUTPUT_WORDS = frozenset(("OUT", "OUTPUT"))
_DECLARED = re.compile(
    r"\s*+(?:DECLARE\s++)?(@[@#$\w]++)[^=]*+(?:=(.*))?", re.IGNORECASE | re.DOTALL
)
_ASSIGNED = re.compile(
    r"\s*+(?:SET\s++|SELECT\s++)?(@[@#$\w]++)\s*+([-+*/%&|^]?)=(.*)", re.IGNORECASE | re.DOTALL
)
_VARIABLE = re.compile(r"@[@#$\w]++")
_VARIABLE_SET = re.compile(r"(@[@#$\w]++)\s*+=")
_PARAMETER_NAMES = re.compile(r"(@[@#$\w]++)\s++(?:AS\s++)?[\w\[\"]", re.IGNORECASE)
_EXECUTION = re.compile(r"SET\s++(?:FMTONLY|NOEXEC|PARSEONLY)\s++(ON|OFF)\b", re.IGNORECASE)
_MODULE = re.compile(
    r"(?:CREATE|ALTER)\s++(?:OR\s++ALTER\s++)?(?:PROC|PROCEDURE|TRIGGER|FUNCTION|VIEW)\b",
    re.IGNORECASE,
)
_TRANSACTION = re.compile(
    r"BEGIN\s++(?:DISTRIBUTED\s++)?(?:TRAN|TRANSACTION|DIALOG|CONVERSATION)\b", re.IGNORECASE
)
_BLOCK = re.compile(r"BEGIN(?:\s++(TRY|CATCH)\b)?", re.IGNORECASE)
_BLOCK_END = re.compile(r"END(?:\s++(?:TRY|CATCH)\b)?", re.IGNORECASE)
_USE = re.compile(rf"USE{GAP}({NAME})", re.IGNORECASE)


class Certainty(IntEnum):
    """Whether a statement of a text is executed."""

    ONCE = 0
    PERHAPS = 1
    REPEATED = 2


class Script:
    """One text, or one that another text executes."""

    def __init__(self, sql: str, arguments: dict[str, Any] | None = None, nesting: int = 0) -> None:
        self._sql = without_comments(sql) if "--" in sql or "/*" in sql else sql
        self._nesting = nesting
        self._variables = arguments or {}
        self._found: list[Statement] = []
        self._blocks: list[Certainty] = []
        self._next = self._rest = Certainty.ONCE
        self._is_executed = True
        self._database = ""

    def statements(self) -> list[Statement]:
        sql, end = self._sql, len(self._sql)
        at = _GAP.match(sql).end()  # type: ignore[union-attr]  # it matches nothing too
        while at < end and len(self._found) < STATEMENTS_MAX:
            verb = _WORD.match(sql, at)
            if verb is None:
                at = self.other(at, "")
            else:
                read = _READERS.get(verb[0].upper()) or (Script.call if not at else Script.other)
                at = read(self, at, verb[0].lower())
            at = _GAP.match(sql, at).end()  # type: ignore[union-attr]  # it matches nothing too
        return self._found

    @property
    def _certainty(self) -> Certainty:
        return max(self._next, self._rest, self._blocks[-1] if self._blocks else Certainty.ONCE)

    def _keep(self, statement: Statement) -> None:
        if self._next or self._rest or self._blocks:
            if self._certainty is not Certainty.ONCE:
                statement = statement._replace(is_conditional=True)
            self._next = Certainty.ONCE
        self._found.append(statement)

    def other(self, at: int, verb: str) -> int:
        end = statement_end(self._sql, at + (len(verb) or 1), verb)
        self._keep(Statement(verb, ()))
        return end

    # What decides whether and with which values a statement is executed

    def condition(self, at: int, verb: str) -> int:
        end = statement_end(self._sql, at + len(verb), verb)
        self._found.append(Statement(verb, ()))
        certainty = Certainty.REPEATED if verb == "while" else Certainty.PERHAPS
        self._next = max(self._next, certainty)
        return end

    def otherwise(self, at: int, verb: str) -> int:
        self._found.append(Statement(verb, ()))
        self._next = Certainty.PERHAPS
        return at + len(verb)

    def begin(self, at: int, verb: str) -> int:
        if _TRANSACTION.match(self._sql, at):
            return self.other(at, verb)
        block = _BLOCK.match(self._sql, at)
        assert block is not None
        # An error inside TRY is known to nobody else: what stood before it may have failed.
        certainty = Certainty.PERHAPS if block[1] else Certainty.ONCE
        self._blocks.append(max(self._certainty, certainty))
        self._next = Certainty.ONCE
        return block.end()

    def end(self, at: int, verb: str) -> int:
        if self._blocks:
            self._blocks.pop()
        self._next = Certainty.ONCE
        match = _BLOCK_END.match(self._sql, at)
        return match.end() if match else at + len(verb)

    def leave(self, at: int, verb: str) -> int:
        """RETURN, GOTO and the like: what follows is executed or not."""
        self._rest = Certainty.PERHAPS
        return self.other(at, verb)

    def set_option(self, at: int, verb: str) -> int:
        end = statement_end(self._sql, at + len(verb), verb)
        if execution := _EXECUTION.match(self._sql, at):
            self._is_executed = execution[1].upper() == "OFF"
        elif assigned := _ASSIGNED.fullmatch(self._sql, at, end):
            self._assign(*assigned.groups())
        self._keep(Statement(verb, ()))
        return end

    def declare(self, at: int, verb: str) -> int:
        end = statement_end(self._sql, at + len(verb), verb)
        for start, stop in items(self._sql, at + len(verb), end):
            if declared := _DECLARED.fullmatch(self._sql, start, stop):
                self._assign(declared[1], "" if declared[2] else "no value yet", declared[2] or "")
        self._keep(Statement(verb, ()))
        return end

    def _assign(self, name: str, operator: str, value: str) -> None:
        is_known = not operator and self._certainty is Certainty.ONCE
        self._variables[name.lower()] = self._known(constant(value)) if is_known else UNREAD

    def _known(self, value: Any) -> Any:
        """A parameter's value, as far as the text says; arguments are filled in later."""
        if type(value) is not Parameter:
            return value
        return self._variables.get(value.name, UNREAD if self._nesting else value)

    def _known_row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if type(row) is TableRows:
            items = None if row.items is None else tuple(map(self._known, row.items))
            return TableRows(self._known(row.table), items)
        return tuple(map(self._known, row))

    def use(self, at: int, verb: str) -> int:
        match = _USE.match(self._sql, at)
        if match and self._certainty is Certainty.ONCE:
            self._database = bare(match[1])
        return self.other(at, verb)

    # Other statements

    def select(self, at: int, verb: str) -> int:
        end = statement_end(self._sql, at + len(verb), verb)
        table = _FROM.search(self._sql, at, end)
        if _ASSIGNED.match(self._sql, at, end):
            for start, stop in items(self._sql, at + len(verb), end):
                if assigned := _ASSIGNED.fullmatch(self._sql, start, stop):
                    self._assign(assigned[1], "query" if table else assigned[2], assigned[3])
        self._keep(Statement(verb, table_name(table[1]) if table else ()))
        return end

    def changed(self, at: int, verb: str) -> int:
        """UPDATE or DELETE; a variable may be set on the way."""
        end = statement_end(self._sql, at + len(verb), verb)
        named = _CHANGED[verb].match(self._sql, at, end)
        source = _FROM.search(self._sql, at, end)
        # What stands before FROM may be an alias of a table behind it.
        if source and (named is None or verb == "delete" or "." not in named[1]):
            named = source
        for name in _VARIABLE_SET.findall(self._sql, at, end) if "@" in self._sql else ():
            self._variables[name.lower()] = UNREAD
        self._keep(Statement(verb, table_name(named[1]) if named else ()))
        return end

    def merge(self, at: int, verb: str) -> int:
        """Ends at its semicolon, which it must have."""
        match = _MERGE.match(self._sql, at)
        places = (
            place for step, depth, place in steps(self._sql, at) if step == ";" and depth == 0
        )
        table = table_name(match[1]) if match else ()
        self._keep(Statement(verb, table, unread="rows that are merged" if table else ""))
        return next(places, len(self._sql))

    def fetch(self, at: int, verb: str) -> int:
        end = self.other(at, verb)
        for name in _VARIABLE.findall(self._sql, at, end):
            self._variables[name.lower()] = UNREAD
        return end

    def create(self, at: int, verb: str) -> int:
        """The statements of a module are kept, not executed; a module is a text of its own."""
        if not _MODULE.match(self._sql, at):
            return self.other(at, verb)
        self._keep(Statement(verb, ()))
        return len(self._sql)

    def insert(self, at: int, verb: str) -> int:
        found = read_insert(self._sql, at)
        if found is None:
            return self.other(at, verb)
        (table, columns), (end, rows, is_open, unread, is_conditional) = found
        if self._database and len(table) < _PARTS_WITH_DATABASE:
            table = (self._database, *(("",) if len(table) == 1 else ()), *table)
        if not self._is_executed:
            rows, unread = (), ""
        elif rows and self._certainty is Certainty.REPEATED:
            rows, unread = (), "in a loop"
        is_open = is_open and any(map(_is_open, rows))
        if is_open and (self._variables or self._nesting):
            rows = tuple(map(self._known_row, rows))
        self._keep(Statement(verb, table, columns, rows, is_open, unread, is_conditional))
        return end

    def call(self, at: int, verb: str) -> int:
        if text := _EXEC_TEXT.match(self._sql, at):
            value = constant(text[1]) if text[1] else UNREAD
            return self._execute(value, {}, statement_end(self._sql, text.end(), "exec"))
        match = _EXEC.match(self._sql, at)
        if match is None or match[1].upper() in ("AS", "WITH"):
            return self.other(at, verb)
        end = statement_end(self._sql, match.end(), "exec")
        arguments = [self._argument(*each) for each in items(self._sql, match.end(), end)]
        name = table_name(match[1])
        if name[-1] == "sp_executesql":
            value = arguments[0][1] if arguments else UNREAD
            return self._execute(value, _named(arguments[1:]), end)
        names, values = tuple(zip(*arguments, strict=True)) or ((), ())
        rows = (values,) if values else ()
        self._keep(Statement("exec", name, names, rows, _is_open(values)))
        return end

    def _argument(self, start: int, stop: int) -> tuple[str, Any]:
        """Name, empty if it has none, and value; what the procedure gives back is not known."""
        text = self._sql[start:stop]
        named = _NAMED.fullmatch(text)
        name, value = (named[1].lower(), named[2]) if named else ("", text)
        words = value.rsplit(maxsplit=1)
        if len(words) == 2 and words[1].upper() in _OUTPUT_WORDS:
            self._variables[words[0].strip().lower()] = UNREAD
            return name, None
        return name, self._known(constant(value))

    def _execute(self, text: Any, arguments: dict[str, Any], at: int) -> int:
        """A text inside the text."""
        if not isinstance(text, str) or self._nesting == TEXTS_IN_TEXTS_MAX:
            unread = "" if text is None else "a text that the server puts together"
            self._keep(Statement("exec", (), unread=unread))
            return at
        found = Script(text, arguments, self._nesting + 1).statements() if self._is_executed else []
        is_conditional = self._certainty is not Certainty.ONCE
        self._found += [
            each._replace(is_conditional=True) if is_conditional else each for each in found
        ]
        self._next = Certainty.ONCE
        return at


def _is_open(values: tuple[Any, ...]) -> bool:
    return any(type(value) is Parameter or value is UNREAD for value in values)


def _named(arguments: list[tuple[str, Any]]) -> dict[str, Any]:
    """Declarations, then values: @name to value."""
    declarations = arguments[0][1] if arguments else None
    declared = _PARAMETER_NAMES.findall(declarations) if isinstance(declarations, str) else []
    values: dict[str, Any] = {}
    for place, (name, value) in enumerate(arguments[1:]):
        values[name or (declared[place].lower() if place < len(declared) else "")] = value
    return values


_CHANGED = {"update": _UPDATE, "delete": _DELETE}
_READERS: dict[str, Callable[[Script, int, str], int]] = {
    **dict.fromkeys(BOUNDARIES, Script.other),
    "WITH": Script.other,
    "INSERT": Script.insert,
    "SELECT": Script.select,
    "UPDATE": Script.changed,
    "DELETE": Script.changed,
    "MERGE": Script.merge,
    "FETCH": Script.fetch,
    "EXEC": Script.call,
    "EXECUTE": Script.call,
    "IF": Script.condition,
    "WHILE": Script.condition,
    "ELSE": Script.otherwise,
    "BEGIN": Script.begin,
    "END": Script.end,
    **dict.fromkeys(("RETURN", "GOTO", "BREAK", "CONTINUE", "THROW"), Script.leave),
    "SET": Script.set_option,
    "DECLARE": Script.declare,
    "USE": Script.use,
    "CREATE": Script.create,
    "ALTER": Script.create,
}
