"""What python-tds does: batches, executesql, prepared statements by number and name, MARS."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytds
from pytds import tds_base

from tests.clients import python_tds_transactions, rows
from tests.clients.place import Place, Scenario, scenarios_in
from tests.clients.python_tds_client import connect, insert_by_parameters, must_fail
from tests.clients.reports import (
    MANY,
    REPORTS,
    SELECTS,
    TYPED,
    TYPED_SCRIPT,
    held_orders,
    read_reports,
)
from tests.sql_server.script import ENCRYPT_OFF, Script

WRITTEN = rows.orders(1, 3)
VERSIONS = {
    "7.0": tds_base.TDS70,
    "7.1": tds_base.TDS71,
    "7.2": tds_base.TDS72,
    "7.3": tds_base.TDS73B,
    "7.4": tds_base.TDS74,
}

# The numbers that procedures have instead of names.
PREPARING = {"sp_prepare": 11, "sp_execute": 12, "sp_prepexec": 13, "sp_unprepare": 15}


def literals(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 5):
            cursor.execute(rows.insert(row))
            place.placed(row)
        cancelling = rows.cancel(6, rows.order(3))
        cursor.execute(rows.insert(cancelling))
        place.placed(cancelling)


def several_statements_and_rows(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        first, second, *rest = rows.orders(1, 6)
        cursor.execute(
            f"-- INSERT INTO ordwth VALUES (9)\n{rows.insert(first)};\n/* 'quoted */ "
            f"{rows.insert(second)} SELECT 1; {rows.insert(*rest)}"
        )
        place.placed(first, second, *rest)


def parameters(place: Place) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"branchid": None, "firmid": "12345"},
        {"price": Decimal("11.625"), "qty": 300},
        {"date": date(2025, 11, 27)},
        {"reff": "沪000000005"},
        {"acc": "O'Neil", "firmid": ""},
    ]
    with connect() as connection, connection.cursor() as cursor:
        for number, change in enumerate(changes, 1):
            row = rows.order(number, **change)
            insert_by_parameters(cursor, row)
            place.placed(row)


def many_executions(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        sent = rows.orders(1, 20)
        placeholders = ",".join(["%s"] * len(sent[0]))
        cursor.executemany(
            rows.insert_with(placeholders, sent[0]), [tuple(row.values()) for row in sent]
        )
        place.placed(*sent)


def _prepared(place: Place, by: str) -> None:
    """Prepares once, executes, prepares and executes at once; by number or by name."""

    def call(procedure: str, *arguments: Any) -> list[Any]:
        number = PREPARING[procedure]
        name = tds_base.InternalProc(number, procedure) if by == "number" else procedure
        returned: list[Any] = cursor.callproc(name, arguments)
        return returned

    first, *others = rows.orders(1, 4)
    declared = ", ".join(
        f"@{name} {'int' if name == 'rec_num' else 'nvarchar(20)'}" for name in first
    )
    sql = rows.insert_with(",".join(f"@{name}" for name in first), first)
    with connect() as connection, connection.cursor() as cursor:
        handle = call("sp_prepare", pytds.output(param_type="int"), declared, sql, 1)[0]
        for row in (first, *others[:2]):
            call("sp_execute", handle, *row.values())
            place.placed(row)
        call("sp_unprepare", handle)
        last = others[2]
        returned = pytds.output(param_type="int")
        handle = call("sp_prepexec", returned, declared, sql, *last.values())[0]
        place.placed(last)
        call("sp_unprepare", handle)


def prepared_by_number(place: Place) -> None:
    _prepared(place, "number")


def prepared_by_name(place: Place) -> None:
    _prepared(place, "name")


def stored_procedure(place: Place) -> None:
    names = ("reff", "acc", "stock", "bs", "price", "qty", "owflag")
    with connect() as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 3):
            arguments = [row[name] for name in names]
            outputs = cursor.callproc(
                "dbo.p_ins_order", [*arguments, pytds.output(param_type="int")]
            )
            told = {name: row[name] for name in names}
            place.placed(told | {"rec_num": outputs[-1]})


def bulk_load(place: Place) -> None:
    sent = rows.orders(1, 30)
    text = "".join("\t".join(str(value or "") for value in row.values()) + "\n" for row in sent)
    with connect() as connection, connection.cursor() as cursor:
        cursor.copy_to(io.StringIO(text), rows.ORDERS_TABLE.split(".")[-1], columns=list(sent[0]))
        place.placed(*({**row, "rec_num": str(row["rec_num"]), "firmid": ""} for row in sent))


def procedures_by_text(place: Place) -> None:
    names = ("reff", "acc", "stock", "bs", "price", "qty", "owflag")
    with connect() as connection, connection.cursor() as cursor:
        told = {name: rows.order(1)[name] for name in names}
        values = ", ".join(map(rows.literal, told.values()))
        cursor.execute(f"DECLARE @n int; EXEC dbo.p_ins_order {values}, @n OUTPUT")
        inner = rows.literal(rows.insert(rows.order(2)))
        cursor.execute(f"EXEC sp_executesql N{inner}")
        place.placed(told | {"rec_num": None}, rows.order(2))


def variables(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        row = rows.order(7)
        text = rows.insert(row).replace("'A000000007'", "@acc").replace("VALUES (7,", "VALUES (@n,")
        cursor.execute(
            f"DECLARE @n int, @acc char(10); SET @n = 7; SET @acc = 'A000000007'; {text}"
        )
        place.placed(row)


def large_parameters_before_7_2(place: Place) -> None:
    """Statements of more than 4,000 characters travel as NTEXT."""
    with connect(tds_version=tds_base.TDS71) as connection, connection.cursor() as cursor:
        sent = rows.orders(1, 40)
        place_each = "(" + ",".join(["%s"] * len(sent[0])) + ")"
        head = rows.insert_with("", sent[0]).removesuffix("()")
        values = tuple(value for row in sent for value in row.values())
        cursor.execute(head + ",".join([place_each] * len(sent)), values)
        place.placed(*sent)


def read_by_another(place: Place) -> None:
    """EzOES reads the orders that the order system wrote: they are no others."""
    with connect() as system, connect() as exchange:
        writing, reading = system.cursor(), exchange.cursor()
        for row in WRITTEN:
            writing.execute(rows.insert(row))
            place.placed(row)
        reading.execute("SELECT * FROM Ashare_OIW..ashare_ordwth WHERE status='R'")
        assert len(reading.fetchall()) == len(WRITTEN)
        reading.execute("UPDATE Ashare_OIW..ashare_ordwth SET status='P' WHERE rec_num IN (1,2,3)")


def reports_of_other_types(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        read_reports(place, cursor, TYPED)


def two_results_of_a_batch(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("; ".join(SELECTS))
        cursor.fetchall()
        assert cursor.nextset()
        assert len(cursor.fetchall()) == len(REPORTS.fills)
        place.truth.confirmations += REPORTS.confirmations
        place.truth.fills += REPORTS.fills


def without_counts(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET NOCOUNT ON")
        first, second, third = rows.orders(1, 3)
        cursor.execute(rows.insert(first))
        cursor.execute(f"{rows.insert(second)}; {rows.insert(third)}")
        place.placed(first, second, third)


def many_sessions(place: Place) -> None:
    """MARS: two cursors take turns, each in a session of its own."""
    with connect(use_mars=True) as connection:
        one, other = connection.cursor(), connection.cursor()
        for at, row in enumerate(rows.orders(1, 10)):
            cursor = other if at % 2 else one
            if at % 3:
                cursor.execute(rows.insert(row))
            else:
                insert_by_parameters(cursor, row)
            place.placed(row)
        batch = rows.orders(11, 60)
        one.execute(";\n".join(map(rows.insert, batch)))
        place.placed(*batch)
        one.close()
        other.close()


def many_sessions_at_once(place: Place) -> None:
    """MARS: an order is written while a long answer is being read, and a transaction is open."""
    with connect(use_mars=True, autocommit=False) as connection:
        reading, writing = connection.cursor(), connection.cursor()
        reading.execute(SELECTS[0])
        assert len(reading.fetchmany(10)) == 10
        writing.execute(rows.insert(rows.order(1)))
        assert len(reading.fetchall()) == len(MANY.confirmations) - 10
        writing.execute(rows.insert(rows.order(2)))
        connection.commit()
        writing.execute(rows.insert(rows.order(3)))
        connection.rollback()
        reading.close()
        writing.close()
    place.truth.confirmations += MANY.confirmations
    place.placed(*rows.orders(1, 2))
    place.failed()


def other_forms(place: Place) -> None:
    """Without INTO, without columns, by SELECT; odd spaces, names and comments."""
    first, second, third, fourth, fifth = rows.orders(1, 5)
    names = ", ".join(f"[{name}]" for name in first)

    def values(row: rows.Row) -> str:
        return ", ".join(map(rows.literal, row.values()))

    selected = f"select {values(third)} union all select {values(fourth)}"
    with connect() as connection, connection.cursor() as cursor:
        for text in (
            f"insert [Ashare_OIW] . [dbo].[ashare_ordwth] ({names}) values ({values(first)})",
            f"INSERT\tordwth\r\nVALUES({values(second)}, 0x00)",
            f"insert into ordwth ({names}) {selected}",
            f'INSERT INTO "ashare_ordwth"({names})/* (1) */VALUES -- (2)\n({values(fifth)});;',
        ):
            cursor.execute(text)
        place.placed(first, second | {"checkord": "00"}, third, fourth, fifth)


def computed_values(place: Place) -> None:
    """What the server computes is unknown to who listens."""
    with connect() as connection, connection.cursor() as cursor:
        row = rows.order(1)
        text = rows.insert(row)
        text = text.replace("'20251127'", "CONVERT(char(8), GETDATE(), 112)")
        cursor.execute(text.replace("'09:30:01'", "CONVERT(char(8), GETDATE(), 108)"))
        place.placed(row | {"date": None, "time": None})
        place.unread()


def two_connections(place: Place) -> None:
    with connect() as one, connect(tds_version=tds_base.TDS71) as other:
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


def reports(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        read_reports(place, cursor)


def many_reports(place: Place) -> None:
    """The answer leaves the server in one piece, in segments as long as loopback takes."""
    with connect() as connection, connection.cursor() as cursor:
        read_reports(place, cursor, MANY)


def reports_by_parameters(place: Place) -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("select * from cjhb where cjbh > %s", (0,))
        assert len(cursor.fetchall()) == len(REPORTS.fills)
        place.truth.fills += REPORTS.fills


def reports_written(place: Place) -> None:
    """EzOES reads orders, marks them, and writes what became of them."""
    with connect() as connection, connection.cursor() as cursor:
        for row in REPORTS.confirmations:
            cursor.execute(rows.insert(row, table="Ashare_OIW..ashare_ordwth2"))
        cursor.execute("UPDATE Ashare_OIW..ashare_ordwth SET status='P' WHERE rec_num IN (1,2)")
        for row in REPORTS.fills:
            cursor.execute(rows.insert(row, table="[Ashare_OIW].[dbo].[cjhb]"))
    place.truth.confirmations += REPORTS.confirmations
    place.truth.fills += REPORTS.fills


def timed_out(place: Place) -> None:
    """A delay that outlasts the client's patience; nothing behind it is done."""
    with connect(timeout=2) as connection, connection.cursor() as cursor:
        cursor.execute(rows.insert(rows.order(1)))
        place.placed(rows.order(1))
        must_fail(cursor, f"WAITFOR DELAY '00:00:30'; {rows.insert(rows.order(2))}")
        place.failed()


def encrypted_login(place: Place) -> None:
    options = {"cafile": str(place.certificate), "enc_login_only": True, "validate_host": False}
    with connect(**options) as connection, connection.cursor() as cursor:
        for row in rows.orders(1, 3):
            cursor.execute(rows.insert(row))
            place.placed(row)


def _version_scenario(version: int) -> Scenario:
    def run(place: Place) -> None:
        with connect(tds_version=version) as connection, connection.cursor() as cursor:
            first, second, third = rows.orders(1, 3)
            cursor.execute(rows.insert(first))
            insert_by_parameters(cursor, second)
            cursor.execute(rows.insert(third))
            place.placed(first, second, third)
            read_reports(place, cursor)

    return Scenario(run, REPORTS.script())


SCENARIOS = {
    **scenarios_in(
        literals, several_statements_and_rows, parameters, many_executions, prepared_by_number,
        prepared_by_name, stored_procedure, bulk_load, without_counts, procedures_by_text,
        variables, large_parameters_before_7_2, other_forms, computed_values, many_sessions,
        two_connections, large_batch, reports_written, timed_out,
    ),
    **python_tds_transactions.SCENARIOS,
    "read_by_another": Scenario(read_by_another, held_orders(WRITTEN)),
    "reports_of_other_types": Scenario(reports_of_other_types, TYPED_SCRIPT),
    "two_results_of_a_batch": Scenario(two_results_of_a_batch, REPORTS.script()),
    "reports": Scenario(reports, REPORTS.script()),
    "many_sessions_at_once": Scenario(many_sessions_at_once, MANY.script()),
    "many_reports": Scenario(many_reports, MANY.script()),
    "reports_by_parameters": Scenario(reports_by_parameters, REPORTS.script()),
    "encrypted_login": Scenario(encrypted_login, Script(encryption=ENCRYPT_OFF)),
    **{f"version_{name}": _version_scenario(number) for name, number in VERSIONS.items()},
}  # fmt: skip
