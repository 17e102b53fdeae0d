"""Steps through a SQL text: where a statement ends, and the items of its lists."""

import re
from collections.abc import Iterator

from capture.wire.tds.sql_text import QUOTED, WORD

BOUNDARIES = frozenset((
    "ALTER", "BEGIN", "BREAK", "CLOSE", "COMMIT", "CONTINUE", "CREATE", "DEALLOCATE", "DECLARE",
    "DELETE", "DENY", "DROP", "ELSE", "END", "EXEC", "EXECUTE", "FETCH", "GO", "GOTO", "GRANT",
    "IF", "INSERT", "MERGE", "OPEN", "PRINT", "RAISERROR", "RETURN", "REVOKE", "ROLLBACK", "SAVE",
    "SELECT", "SET", "THROW", "TRUNCATE", "UPDATE", "USE", "WAITFOR", "WHILE",
))  # fmt: skip
# Behind these words a verb goes on with its statement.
_CONTINUED = frozenset(("UNION", "ALL", "EXCEPT", "INTERSECT", "FOR", "ROW", "ROWS"))
_CONTINUED_DEFINITION = _CONTINUED | {"ON"}  # ON DELETE CASCADE
CLAUSES = frozenset((
    "FROM", "WHERE", "UNION", "EXCEPT", "INTERSECT", "GROUP", "ORDER", "HAVING", "OPTION", "INTO",
    "FOR",
))  # fmt: skip
_ITEM_ENDS = BOUNDARIES | CLAUSES | frozenset(",);")

# Quoted text and what lies between words are no group.
_STEP = re.compile(rf"{QUOTED}|(?P<step>[;(),]|{WORD})|[^'\[\"();,@#$\w]++")


def steps(sql: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Words in upper case, commas, closing parentheses and semicolons, with depth and place."""
    depth = 0
    for match in _STEP.finditer(sql, at):
        step = match[0]
        if step == "(":
            depth += 1
        elif step == ")":
            yield step, depth, match.start()
            depth -= 1
        elif match.lastgroup is not None:
            yield step.upper(), depth, match.start()


def statement_end(sql: str, at: int, verb: str) -> int:
    """Where a statement ends: at a semicolon or the next statement's verb."""
    cases = 0
    may_set = verb == "update"
    continued = _CONTINUED_DEFINITION if verb in ("create", "alter") else _CONTINUED
    before = ""
    for step, depth, place in steps(sql, at):
        if step == ";" and depth <= 0:
            return place
        if step == "CASE":
            cases += 1
        elif step == "END" and cases:
            cases -= 1
        elif depth <= 0 and not cases and step in BOUNDARIES and before not in continued:
            if step != "SET" or not may_set:
                return place
            may_set = False
        before = step
    return len(sql)


def item_end(sql: str, at: int) -> int:
    """Where an item ends: at a comma, the parenthesis that closes its list, a clause."""
    cases = 0
    for step, depth, place in steps(sql, at):
        if step == "CASE":
            cases += 1
        elif step == "END" and cases:
            cases -= 1
        elif depth <= 0 and not cases and step in _ITEM_ENDS:
            return place
    return len(sql)


def items(sql: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """The places of the items of a list that ends at `end`."""
    while at < end:
        stop = min(item_end(sql, at), end)
        is_last = stop == end or sql[stop] != ","
        if stop > at or not is_last:
            yield at, stop
        if is_last:
            return
        at = stop + 1
