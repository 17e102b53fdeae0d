"""What pymssql (FreeTDS) does: literals in every version, procedures, bulk copy, transactions."""

from typing import Any

import pymssql

from tests.clients import rows
from tests.clients.place import DATABASE, HOST, PASSWORD, PORT, USER, Place, Scenario, scenarios_in
from tests.clients.reports import ASCII, MANY, REPORTS, SELECTS, Reports, read_reports
from tests.sql_server.script import ENCRYPT_OFF, Script

REFUSED = Script(refused=frozenset((rows.order(2)["reff"],)))
VERSIONS = ("7.1", "7.2", "7.3", "7.4")
# FreeTDS takes the server's word; only "off" keeps it from asking for TLS.
PLAIN, LOGIN_ONLY = "off", "request"


def connect(**options: Any) -> Any:
    settled: dict[str, Any] = {
        "port": str(PORT), "tds_version": "7.3", "autocommit": True, "encryption": PLAIN,
        "login_timeout": 5,
    }  # fmt: skip
    return pymssql.connect(HOST, USER, PASSWORD, DATABASE, **(settled | options))


def literals(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 5):
            cursor.execute(rows.insert(row))
            place.placed(row)
        cancelling = rows.cancel(6, rows.order(3))
        cursor.execute(rows.insert(cancelling))
        place.placed(cancelling)


def interpolated(place: Place) -> None:
    """The library writes the parameters into the text."""
    changes: list[dict[str, Any]] = [
        {},
        {"branchid": None, "firmid": "12345"},
        {"qty": 300},
        {"reff": "沪000000004"},
        {"acc": "O'Neil", "firmid": ""},
    ]
    with connect() as connection, connection.cursor() as cursor:
        for number, change in enumerate(changes, 1):
            row = rows.order(number, **change)
            statement = rows.insert_with(",".join(["%s"] * len(row)), row)
            cursor.execute(statement, tuple(row.values()))
            place.placed(row)


def many_executions(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        sent = rows.orders(1, 20)
        statement = rows.insert_with(",".join(["%s"] * len(sent[0])), sent[0])
        cursor.executemany(statement, [tuple(row.values()) for row in sent])
        place.placed(*sent)


def stored_procedure(place: Place) -> None:
    names = ("reff", "acc", "stock", "bs", "price", "qty", "owflag")
    with connect() as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 3):
            told = {name: row[name] for name in names}
            number = pymssql.output(int)
            returned = cursor.callproc("dbo.p_ins_order", (*told.values(), number))
            place.placed(told | {"rec_num": returned[-1]})


def bulk_copy(place: Place) -> None:
    sent = rows.orders(1, 30)
    with connect() as connection:
        connection.bulk_copy(
            "ashare_ordwth",
            [tuple(row.values()) for row in sent],
            column_ids=list(range(1, len(sent[0]) + 1)),
            batch_size=20,
        )
        place.placed(*sent)


def bulk_copy_rolled_back(place: Place) -> None:
    with connect(autocommit=False) as connection:
        for first, end in ((1, connection.rollback), (11, connection.commit)):
            sent = rows.orders(first, 10)
            connection.bulk_copy("ashare_ordwth", [tuple(row.values()) for row in sent])
            end()
        place.placed(*rows.orders(11, 10))
        place.failed()


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
        cursor.execute(rows.insert(rows.order(6)))
        place.placed(rows.order(6))
        connection.commit()
        cursor.execute(rows.insert(rows.order(7)))
        place.left_open()


def transaction_in_one_batch(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        kept, undone, after = rows.orders(1, 3)
        cursor.execute(f"BEGIN TRAN; {rows.insert(kept)}; COMMIT TRAN")
        cursor.execute(f"BEGIN TRANSACTION {rows.insert(undone)} ROLLBACK")
        cursor.execute(rows.insert(after))
        place.placed(kept, after)
        place.failed()


def savepoint(place: Place) -> None:
    with connect(autocommit=False) as connection, connection.cursor() as cursor:
        kept, undone, after = rows.orders(1, 3)
        cursor.execute(rows.insert(kept))
        cursor.execute("SAVE TRAN halfway")
        cursor.execute(rows.insert(undone))
        cursor.execute("ROLLBACK TRAN halfway")
        cursor.execute(rows.insert(after))
        connection.commit()
        place.placed(kept, after)
        place.failed()


def refused(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        first, bad, last = rows.orders(1, 3)
        _must_fail(cursor, rows.insert(bad))
        _must_fail(cursor, rows.insert(*rows.orders(2, 4)))
        _must_fail(cursor, f"{rows.insert(first)}; {rows.insert(bad)}; {rows.insert(last)}")
        place.placed(first, last)
        place.failed(3)


def refused_in_a_transaction(place: Place) -> None:
    """One statement fails; the transaction goes on and is committed."""
    with connect(autocommit=False) as connection, connection.cursor() as cursor:
        first, bad, last = rows.orders(1, 3)
        cursor.execute(rows.insert(first))
        _must_fail(cursor, rows.insert(bad))
        cursor.execute(rows.insert(last))
        connection.commit()
        place.placed(first, last)
        place.failed()


def two_connections(place: Place) -> None:
    with connect(tds_version="7.1") as one, connect(tds_version="7.4") as other:
        cursors = one.cursor(), other.cursor()
        for at, row in enumerate(rows.orders(1, 8)):
            cursors[at % 2].execute(rows.insert(row))
            place.placed(row)


def large_batch(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        batch = rows.orders(1, 80)
        cursor.execute(";\n".join(map(rows.insert, batch)))
        place.placed(*batch)
        cursor.execute(rows.insert(*rows.orders(81, 200)))
        place.placed(*rows.orders(81, 200))


def other_database(place: Place) -> None:
    """The same record numbers in another database are other orders."""
    with connect() as connection, connection.cursor() as cursor:
        row = rows.order(1)
        for database in ("Ashare_OIW", "Bshare_OIW"):
            cursor.execute(f"USE {database}")
            cursor.execute(rows.insert(row, table="ordwth"))
            place.placed(row)


def reports(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        read_reports(place, cursor)
        for select in SELECTS:  # the same rows again are no news
            cursor.execute(select)
            cursor.fetchall()


def many_reports(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        read_reports(place, cursor, MANY)


def reports_written(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(rows.insert(*REPORTS.confirmations, table="Ashare_OIW..ashare_ordwth2"))
        cursor.execute("UPDATE Ashare_OIW..ashare_ordwth SET status='P' WHERE rec_num IN (1,2)")
        cursor.execute(rows.insert(*REPORTS.fills, table="cjhb"))
    place.truth.confirmations += REPORTS.confirmations
    place.truth.fills += REPORTS.fills


def timed_out(place: Place) -> None:
    """FreeTDS gives the connection up without another word."""
    with connect(timeout=2) as connection, connection.cursor() as cursor:
        cursor.execute(rows.insert(rows.order(1)))
        place.placed(rows.order(1))
        _must_fail(cursor, f"WAITFOR DELAY '00:00:30'; {rows.insert(rows.order(2))}")
        place.unanswered(rows.order(2))


def encrypted_login(place: Place) -> None:
    with connect(encryption=LOGIN_ONLY) as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 3):
            cursor.execute(rows.insert(row))
            place.placed(row)


def _must_fail(cursor: Any, statement: str) -> None:
    try:
        cursor.execute(statement)
        while cursor.nextset():
            pass
    except pymssql.Error:
        return
    raise AssertionError("the server took what it should refuse")


def _version_scenario(version: str, held: Reports = REPORTS) -> Scenario:
    def run(place: Place) -> None:
        with connect(tds_version=version) as connection, connection.cursor() as cursor:
            for row in rows.orders(1, 3):
                cursor.execute(rows.insert(row))
                place.placed(row)
            read_reports(place, cursor, held)

    return Scenario(run, held.script())


SCENARIOS = {
    **scenarios_in(
        literals, interpolated, many_executions, stored_procedure, bulk_copy, bulk_copy_rolled_back,
        transactions, transaction_in_one_batch, savepoint, two_connections, large_batch,
        other_database, reports_written, timed_out,
    ),
    "refused": Scenario(refused, REFUSED),
    "refused_in_a_transaction": Scenario(refused_in_a_transaction, REFUSED),
    "reports": Scenario(reports, REPORTS.script()),
    "many_reports": Scenario(many_reports, MANY.script()),
    "encrypted_login": Scenario(encrypted_login, Script(encryption=ENCRYPT_OFF)),
    **{f"version_{version}": _version_scenario(version) for version in VERSIONS},
    # Without a collation the library does not know which text it reads.
    "version_7.0": _version_scenario("7.0", ASCII),
}  # fmt: skip
