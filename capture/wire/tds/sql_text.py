"""The written form of T-SQL: comments, quotes, dotted names."""

import re
from functools import lru_cache

# What is not closed runs to the end of the text, and is tried once: hostile text costs no more
# than its length.
BRACKETED = r"\[(?:[^\]]|\]\])*+(?:\]|\Z)"
DOUBLE_QUOTED = r'"(?:[^"]|"")*+(?:"|\Z)'
STRING = r"'(?:[^']|'')*+(?:'|\Z)"
# Strings and quoted names are stepped over whole, so that what they contain is not mistaken.
QUOTED = rf"{STRING}|{BRACKETED}|{DOUBLE_QUOTED}"
WORD = r"[@#$\w]++"
# Behind a keyword: a quoted name, a string or a parenthesis needs no space before it.
GAP = r"(?![@#$\w])\s*+"
NAME = rf"(?:{BRACKETED}|{DOUBLE_QUOTED}|{WORD})"
DOTTED_NAME = rf"{NAME}(?:\s*+\.\s*+(?:{NAME})?)*+"

# Of a name, more than four of 128 characters need.
REMEMBERED_CHARACTERS_MAX = 1024

_QUOTED_OR_COMMENT = re.compile(rf"{QUOTED}|--[^\n]*+|/\*|\*/", re.DOTALL)
_NAMES = re.compile(NAME)
_NAME_OR_DOT = re.compile(rf"{NAME}|\.")


def without_comments(sql: str) -> str:
    """Comments replaced by a space; T-SQL's block comments nest."""
    kept: list[str] = []
    depth, start = 0, 0
    at = 0
    while match := _QUOTED_OR_COMMENT.search(sql, at):
        mark = match[0]
        at = match.end()
        if mark == "/*":
            if depth == 0:
                kept.append(sql[start : match.start()])
            depth += 1
        elif mark == "*/" and depth:
            depth -= 1
            start = at
            kept.append(" " if depth == 0 else "")
        elif depth:
            # A quote inside a block comment is text: look again just behind it.
            at = match.start() + (2 if mark.startswith("--") else 1)
        elif mark.startswith("--"):
            kept.append(sql[start : match.start()] + " ")
            start = at
    return "".join(kept) + ("" if depth else sql[start:])


def table_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name, lower case, unquoted; in `db..table` the schema is empty."""
    return _parts_before(text) if len(text) <= REMEMBERED_CHARACTERS_MAX else _parts(text)


def procedure_name(text: str) -> str:
    """The last part of a procedure's name, without the number that may stand behind it (;1)."""
    return table_name(text.partition(";")[0])[-1]


def column_names(text: str) -> tuple[str, ...]:
    """The names in a list of columns."""
    return tuple(bare(name) for name in _NAMES.findall(text))


def bare(name: str) -> str:
    """A name without its quotes, in lower case."""
    if name.startswith("["):
        name = name[1:-1].replace("]]", "]")
    elif name.startswith('"'):
        name = name[1:-1].replace('""', '"')
    return name.strip().lower()


def _parts(text: str) -> tuple[str, ...]:
    parts = [""]
    for piece in _NAME_OR_DOT.findall(text):
        if piece == ".":
            parts.append("")
        else:
            parts[-1] = bare(piece)
    return tuple(parts)


_parts_before = lru_cache(maxsize=1024)(_parts)
