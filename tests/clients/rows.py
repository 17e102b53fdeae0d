"""Rows of the Shanghai interface tables as the clients' programs hold them (IS101 1.73)."""

from typing import Any

Row = dict[str, Any]
ORDERS_TABLE = "Ashare_OIW.dbo.ashare_ordwth"


def order(number: int, **changes: Any) -> Row:
    """A limit order."""
    return {
        "rec_num": number,
        "date": "20251127",
        "time": f"09:30:{number % 60:02}",
        "reff": f"J{number:09}",
        "acc": f"A{number:09}",
        "stock": ("600519", "601318", "688981")[number % 3],
        "bs": "BS"[number % 2],
        "price": f"{10 + number % 50}.625",
        "qty": str(100 * (1 + number % 7)),
        "status": "R",
        "owflag": "LPT",
        "ordrec": "0",
        "firmid": None,
        "branchid": "01000",
    } | changes


def orders(first: int, count: int) -> list[Row]:
    return [order(number) for number in range(first, first + count)]


def cancel(number: int, cancelled: Row) -> Row:
    """A cancel repeats what it cancels."""
    repeated = {name: cancelled[name] for name in ("acc", "stock", "bs", "price", "qty")}
    return order(number, owflag="WTH", ordrec=str(cancelled["rec_num"]), **repeated)


def confirmation(number: int, confirmed: Row, **changes: Any) -> Row:
    """A row of ordwth2 in the order of its columns."""
    shared = ("reff", "acc", "stock", "bs", "price", "qty")
    return {
        "rec_num": number,
        "date": confirmed["date"],
        "time": "09:31:00",
        **{name: confirmed[name] for name in shared},
        "status": "O",
        "qty2": None,
        "remark": None,
        "status1": "R",
        "teordernum": f"{number:08}",
        "owflag": confirmed["owflag"],
        "ordrec": confirmed["ordrec"],
        "firmid": None,
        "branchid": confirmed["branchid"],
    } | changes


def fill(number: int, filled: Row, **changes: Any) -> Row:
    """A row of cjhb in the order of its columns."""
    return {
        "gddm": filled["acc"],
        "gdxm": "1",
        "bcrq": filled["date"],
        "cjbh": number,
        "gsdm": "12345",
        "cjsl": filled["qty"],
        "bcye": f"{number:010}",
        "zqdm": filled["stock"],
        "sbsj": "093000",
        "cjsj": "093105",
        "cjjg": filled["price"],
        "cjje": "-1",
        "sqbh": filled["reff"],
        "bs": filled["bs"],
        "mjbh": None,
    } | changes


def insert(*rows: Row, table: str = ORDERS_TABLE) -> str:
    """INSERT of rows by literals."""
    values = ",".join(f"({','.join(map(literal, row.values()))})" for row in rows)
    return f"INSERT INTO {table} ({','.join(rows[0])}) VALUES {values}"


def insert_with(placeholders: str, row: Row) -> str:
    """INSERT of a row by parameters."""
    return f"INSERT INTO {ORDERS_TABLE} ({','.join(row)}) VALUES ({placeholders})"


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("'", "''")
    return f"'{text}'" if text.isascii() else f"N'{text}'"
