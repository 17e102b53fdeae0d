"""Cuts a batch into statements: what they do to which table, with how many rows."""

import re
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\[[^\]]*\]|\"[^\"]*\"|[@#$\w]+|\S", re.DOTALL
)
_TOKEN_OF_TEXT = re.compile(r"'(?:[^']|'')*'")
_FIRST_WORDS = frozenset(
    ("INSERT", "SELECT", "UPDATE", "DELETE", "SET", "BEGIN", "COMMIT", "ROLLBACK", "SAVE", "EXEC",
     "EXECUTE", "USE", "IF", "DECLARE", "WAITFOR", "END", "ELSE")
)  # fmt: skip
_BEFORE_TABLE = frozenset(("INTO", "FROM", "UPDATE", "BULK"))


class Statement(NamedTuple):
    """`words` are upper case; `rows` counts the row constructors behind VALUES."""

    words: list[str]
    table: str
    rows: int
    text: str

    @property
    def verb(self) -> str:
        return self.words[0]

    @property
    def reads_parameter(self) -> bool:
        """INSERT … SELECT … FROM @rows."""
        return any(
            word.startswith("@") and before == "FROM" for before, word in pairwise(self.words)
        )

    @property
    def runs_text(self) -> bool:
        """EXEC sp_executesql N'…'."""
        return "SP_EXECUTESQL" in self.words

    def inner_text(self) -> str:
        """The first literal."""
        literal = _TOKEN_OF_TEXT.search(self.text)
        assert literal, self.text
        return literal[0][1:-1].replace("''", "'")


def statements(sql: str) -> list[Statement]:
    groups: list[list[str]] = []
    depth = 0
    for token in _TOKEN.findall(sql):
        if token.startswith(("--", "/*")):
            continue
        depth += (token == "(") - (token == ")")
        word = token.upper()
        if word in _FIRST_WORDS and not depth and not _goes_on(groups, word):
            groups.append([])
        if groups and token != ";":
            groups[-1].append(token)
    return [_statement(group) for group in groups]


def _goes_on(groups: list[list[str]], word: str) -> bool:
    """UPDATE … SET and INSERT … SELECT are one statement each."""
    if not groups or not groups[-1]:
        return False
    current = [token.upper() for token in groups[-1]]
    if word == "SET":
        return current[0] == "UPDATE" and "SET" not in current
    return word == "SELECT" and (
        (current[0] == "INSERT" and "VALUES" not in current) or current[-1] in ("UNION", "ALL")
    )


def _statement(tokens: list[str]) -> Statement:
    words = [token.upper() for token in tokens]
    place = next((at for at, word in enumerate(words) if word in _BEFORE_TABLE), None)
    table = "" if place is None else _table(tokens[place + 1 :])
    rows = words.count("SELECT") or 1
    if "VALUES" in words:
        rows, depth = 0, 0
        for token in tokens[words.index("VALUES") :]:
            rows += token == "(" and depth == 0
            depth += (token == "(") - (token == ")")
    return Statement(words, table, rows, " ".join(tokens))


def _table(tokens: list[str]) -> str:
    """The last part of a dotted name."""
    name = ""
    for at, token in enumerate(tokens):
        if token == ".":
            continue
        if at and tokens[at - 1] != ".":
            break
        name = token
    return name.strip('[]"').lower()
