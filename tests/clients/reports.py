"""Confirmations and fills that the servers of the reading scenarios hold."""

from dataclasses import dataclass
from typing import Any

from tests.clients import rows
from tests.clients.place import Place
from tests.clients.rows import Row
from tests.sql_server.script import CONFIRMATIONS, FILLS, ORDERS, Script
from tests.sql_server.tokens import Table

SELECTS = (
    "select top 200 * from Ashare_OIW..ashare_ordwth2 where status1 not in ('A','X','Y','F')",
    "SELECT * FROM [Ashare_OIW].[dbo].[cjhb]",
)


@dataclass(frozen=True)
class Reports:
    """What the exchange has to say."""

    confirmations: list[Row]
    fills: list[Row]

    def script(self) -> Script:
        tables = {
            "ashare_ordwth": Table(ORDERS),
            "ashare_ordwth2": _table(CONFIRMATIONS, self.confirmations),
            "cjhb": _table(FILLS, self.fills),
        }
        return Script(tables)


def _table(columns: Any, held: list[Row]) -> Table:
    return Table(columns, [[row[name] for name, _ in columns] for row in held])


def _small(remark: str) -> Reports:
    first, second, third = rows.orders(1, 3)
    refused = {"status": "F", "remark": remark}
    best_five = {"status": "W", "qty2": "100", "owflag": "MPT"}
    return Reports(
        [
            rows.confirmation(1, first),
            rows.confirmation(2, second, **refused),
            rows.confirmation(3, third, **best_five),
        ],
        [rows.fill(11, first), rows.fill(12, third, bs="s", cjje="4250.55")],
    )


def _many(count: int) -> Reports:
    sent = rows.orders(1, count)
    return Reports(
        [rows.confirmation(row["rec_num"], row) for row in sent],
        [rows.fill(row["rec_num"], row) for row in sent],
    )


REPORTS = _small("股票停牌,委托无效")
ASCII = _small("suspended")
# Some hundred kilobytes in one answer.
MANY = _many(1200)
# A broker's own types: the same columns as numbers, variable and wide text.
TYPED = _small("股票停牌,委托无效")
_OTHER_TYPES = {
    "rec_num": "bigint", "reff": "varchar(20)", "acc": "nvarchar(12)", "stock": "nchar(6)",
    "price": "decimal(10,3)", "qty": "int", "qty2": "int", "remark": "ntext",
    "teordernum": "varchar(max)", "gddm": "nvarchar(max)", "cjsl": "bigint", "cjjg": "money",
    "cjje": "numeric(18,2)", "sqbh": "text", "cjbh": "bigint",
}  # fmt: skip


def _retyped(columns: Any) -> Any:
    return tuple((name, _OTHER_TYPES.get(name, kind)) for name, kind in columns)


TYPED_SCRIPT = Script(
    {
        "ashare_ordwth2": _table(_retyped(CONFIRMATIONS), TYPED.confirmations),
        "cjhb": _table(_retyped(FILLS), TYPED.fills),
    }
)


def held_orders(held: list[Row]) -> Script:
    """A server whose table of orders has rows."""
    return Script({"ashare_ordwth": _table(ORDERS, held)})


def read_reports(place: Place, cursor: Any, reports: Reports = REPORTS) -> None:
    """Reads both tables by a cursor of a Python client, and checks that it got them."""
    for select, held in zip(SELECTS, (reports.confirmations, reports.fills), strict=True):
        cursor.execute(select)
        assert len(cursor.fetchall()) == len(held)
    place.truth.confirmations += reports.confirmations
    place.truth.fills += reports.fills
