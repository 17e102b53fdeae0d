"""python-tds as the scenarios use it."""

from typing import Any

import pytds

from tests.clients import rows
from tests.clients.place import DATABASE, HOST, PASSWORD, PORT, USER
from tests.clients.rows import Row


def connect(**options: Any) -> Any:
    settled = {"port": PORT, "autocommit": True} | options
    return pytds.connect(HOST, DATABASE, USER, PASSWORD, **settled)


def insert_by_parameters(cursor: Any, row: Row) -> None:
    """sp_executesql with a parameter for each column."""
    statement = rows.insert_with(",".join(["%s"] * len(row)), row)
    cursor.execute(statement, tuple(row.values()))


def must_fail(cursor: Any, *request: Any) -> None:
    try:
        cursor.execute(*request)
        while cursor.nextset():
            pass
    except (pytds.Error, TimeoutError):
        return
    raise AssertionError("the server took what it should refuse")
