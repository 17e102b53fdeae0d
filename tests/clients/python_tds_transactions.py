"""What python-tds does in transactions, and what the server refuses."""

from typing import Any

from tests.clients import rows
from tests.clients.place import Place, Scenario, scenarios_in
from tests.clients.python_tds_client import connect, insert_by_parameters, must_fail
from tests.sql_server.script import Script

REFUSED = Script(refused=frozenset((rows.order(2)["reff"],)))


def transactions(place: Place) -> None:
    """Committed, rolled back, and open when the connection ends."""
    with connect(autocommit=False) as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 3):
            cursor.execute(rows.insert(row))
            place.placed(row)
        connection.commit()
        for row in rows.orders(4, 2):
            cursor.execute(rows.insert(row))
            place.failed()
        connection.rollback()
        sent = rows.order(6)
        insert_by_parameters(cursor, sent)
        place.placed(sent)
        connection.commit()
        cursor.execute(rows.insert(rows.order(7)))
        place.left_open()


def savepoint(place: Place) -> None:
    with connect(autocommit=False) as connection, connection.cursor() as cursor:
        kept, undone, after = rows.orders(1, 3)
        cursor.execute(rows.insert(kept))
        cursor.execute("SAVE TRANSACTION halfway")
        cursor.execute(rows.insert(undone))
        cursor.execute("ROLLBACK TRANSACTION halfway")
        cursor.execute(rows.insert(after))
        connection.commit()
        place.placed(kept, after)
        place.failed()


def implicit_transactions(place: Place) -> None:
    """Each write begins a transaction when none is open."""
    with connect() as connection, connection.cursor() as cursor:
        first, second, undone, later = rows.orders(1, 4)
        cursor.execute("SET IMPLICIT_TRANSACTIONS ON")
        for row in (first, second):
            cursor.execute(rows.insert(row))
        cursor.execute("COMMIT")
        cursor.execute(rows.insert(undone))
        cursor.execute("ROLLBACK")
        cursor.execute("SET IMPLICIT_TRANSACTIONS OFF")
        cursor.execute(rows.insert(later))
        place.placed(first, second, later)
        place.failed()


def nested_transactions(place: Place) -> None:
    """Only the outermost end counts, and a rollback ends them all."""
    with connect() as connection, connection.cursor() as cursor:
        outer, inner, *kept = rows.orders(1, 4)
        for step in ("BEGIN TRAN", rows.insert(outer), "BEGIN TRAN", rows.insert(inner), "COMMIT"):
            cursor.execute(step)
        cursor.execute("ROLLBACK TRAN")
        place.failed(2)
        cursor.execute(f"BEGIN TRAN; {rows.insert(kept[0])}")
        cursor.execute(f"BEGIN TRAN; {rows.insert(kept[1])}; COMMIT TRAN")
        cursor.execute("COMMIT TRAN")
        place.placed(*kept)


def refused(place: Place) -> None:
    """Alone, by parameters, and between others of the same batch."""
    with connect() as connection, connection.cursor() as cursor:
        first, bad, last = rows.orders(1, 3)
        placeholders = ",".join(["%s"] * len(bad))
        attempts: list[tuple[Any, ...]] = [
            (rows.insert(bad),),
            (rows.insert_with(placeholders, bad), tuple(bad.values())),
            (f"{rows.insert(first)}; {rows.insert(bad)}; {rows.insert(last)}",),
        ]
        for attempt in attempts:
            must_fail(cursor, *attempt)
            place.failed()
        place.placed(first, last)


def refused_with_abort(place: Place) -> None:
    """With XACT_ABORT the server rolls the whole transaction back."""
    with connect() as connection, connection.cursor() as cursor:
        first, bad, later = rows.orders(1, 3)
        cursor.execute("SET XACT_ABORT ON")
        cursor.execute("BEGIN TRAN")
        cursor.execute(rows.insert(first))
        must_fail(cursor, rows.insert(bad))
        cursor.execute(rows.insert(later))
        place.failed(2)
        place.placed(later)


SCENARIOS = {
    **scenarios_in(transactions, savepoint, implicit_transactions, nested_transactions),
    "refused": Scenario(refused, REFUSED),
    "refused_with_abort": Scenario(refused_with_abort, REFUSED),
}
