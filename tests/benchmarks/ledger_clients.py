"""Eight clients in a process of their own: python -m tests.benchmarks.ledger_clients NAME

Each line it reads is a method and seconds; each line it writes, what the clients did meanwhile.
"""

import itertools
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable

import django
import psycopg

CLIENTS, ACCOUNTS, BULK, HELD = 8, 1_000, 500, 200
OPENING = 10**12
_numbers = itertools.count()


def prepare() -> None:
    """Accounts of ours and of the peers."""
    from django.core.management import call_command  # noqa: PLC0415  # needs the apps that are loaded now
    from django.utils import timezone  # noqa: PLC0415  # likewise

    from ledger.domain.statement import ORIGIN  # noqa: PLC0415  # likewise
    from ledger.models import LedgerAccount  # noqa: PLC0415  # likewise
    from riskgw.rows import insert  # noqa: PLC0415  # likewise

    call_command("migrate", verbosity=0)
    hot = [(f"h{number}", "credit", OPENING) for number in range(ACCOUNTS)]
    names = [("cash", "unrestricted", 0), *hot]
    columns = (
        "id", "name", "currency", "direction", "overdraft", "usability", "posted", "reserved",
        "seq", "seal", "opened_at",
    )  # fmt: skip
    now = timezone.now()
    insert(
        LedgerAccount, columns,
        [
            (name, name, "CNY", way, most, "open", 0, 0, 0, ORIGIN, now)
            for name, way, most in names
        ],
    )  # fmt: skip
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(
            "CREATE TABLE peer (id text PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))"
        )
        connection.execute(
            "CREATE TABLE peer_entry (id text PRIMARY KEY, account text NOT NULL,"
            " amount bigint NOT NULL, balance_after bigint NOT NULL, at timestamptz NOT NULL)"
        )
        connection.execute(
            "INSERT INTO peer SELECT 'h' || n, %s FROM generate_series(0, %s) n",
            (OPENING, ACCOUNTS - 1),
        )


_local = threading.local()


def _connection() -> psycopg.Connection[tuple[int, ...]]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"])
    found: psycopg.Connection[tuple[int, ...]] = _local.connection
    return found


_ENTRY = "INSERT INTO peer_entry VALUES (%s, %s, %s, %s, now())"


def for_update(name: str, account: str) -> int:
    """The usual way: lock, check here, write."""
    connection = _connection()
    with connection.transaction():
        row = connection.execute("SELECT balance FROM peer WHERE id = %s FOR UPDATE", (account,))
        (balance,) = row.fetchone() or (0,)
        assert balance >= 1
        connection.execute("UPDATE peer SET balance = %s WHERE id = %s", (balance - 1, account))
        connection.execute(_ENTRY, (name, account, -1, balance - 1))
    return 1


def checked(name: str, account: str) -> int:
    """The best single statement that checks."""
    connection = _connection()
    with connection.transaction():
        row = connection.execute(
            "UPDATE peer SET balance = balance - 1 WHERE id = %s AND balance >= 1"
            " RETURNING balance",
            (account,),
        )
        (balance,) = row.fetchone() or (0,)
        connection.execute(_ENTRY, (name, account, -1, balance))
    return 1


def tries(
    name: str, account: str, count: int, *, is_increase: bool, is_confirmed: bool = True
) -> int:
    from ledger.actions.try_transactions import Outcome, try_transactions  # noqa: PLC0415  # needs the apps that are loaded now
    from ledger.domain.acceptance import Wanted, WantedLeg  # noqa: PLC0415  # likewise
    from ledger.domain.direction import Side  # noqa: PLC0415  # likewise

    payer, payee = ("cash", account) if is_increase else (account, "cash")
    legs = (WantedLeg(payer, Side.DEBIT, "0.01"), WantedLeg(payee, Side.CREDIT, "0.01"))
    wanted = [Wanted(f"{name}.{number}", legs) for number in range(count)]
    confirmed = frozenset(each.id for each in wanted) if is_confirmed else frozenset()
    answers = try_transactions(wanted, "bench", confirmed)
    state = "confirmed" if is_confirmed else "tried"
    assert all(isinstance(each, Outcome) and each.state == state for each in answers)
    return count


METHODS: dict[str, Callable[[str, str], int]] = {
    "for_update": for_update,
    "checked": checked,
    "increase": lambda name, account: tries(name, account, 1, is_increase=True),
    "bulk": lambda name, account: tries(name, account, BULK, is_increase=True),
    "decrease": lambda name, account: tries(name, account, 1, is_increase=False),
}


def clients(kind: str, seconds: float, process: str) -> dict[str, float]:
    """All at once; requests a second, and milliseconds of one."""
    from django.db import connections  # noqa: PLC0415  # needs the apps that are loaded now

    method, _, spread = kind.partition("@")
    taken: list[float] = []
    counts: list[int] = []

    def client() -> None:
        try:
            work()
        finally:
            # Not when the collector comes by: there are only so many.
            connections.close_all()
            if hasattr(_local, "connection"):
                _local.connection.close()

    def work() -> None:
        mine, count = [], 0
        ends = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < ends:
            account = f"h{random.randrange(ACCOUNTS) if spread else 0}"
            count += METHODS[method](f"{process}.{next(_numbers)}", account)
            mine.append(time.perf_counter() - begun)
        taken.extend(mine)
        counts.append(count)

    begun = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(1 if method == "bulk" else CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - begun
    ordered = sorted(taken)
    return {
        "rate": sum(counts) / passed,
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[int(len(ordered) * 0.99)] * 1000,
    }


def held(seconds: float, process: str) -> dict[str, float]:
    """One client beside another session that holds the account's row all the time."""
    from ledger.actions.cancel import cancel  # noqa: PLC0415  # needs the apps that are loaded now
    from ledger.actions.confirm import confirm  # noqa: PLC0415  # likewise

    taken: list[float] = []

    def timed(work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)

    begun = f"{process}.{next(_numbers)}"
    for number in range(HELD):
        tries(f"{begun}.{number}", "h0", 1, is_increase=False, is_confirmed=False)
    with psycopg.connect(os.environ["DATABASE_URL"]) as holder:
        holder.execute("SELECT 1 FROM ledger_ledgeraccount WHERE id = 'h0' FOR NO KEY UPDATE")
        ends = time.monotonic() + seconds
        for number in range(HELD):
            name, step = f"{begun}.i{number}", cancel if number % 2 else confirm
            timed(lambda: tries(name, "h0", 1, is_increase=True, is_confirmed=False))  # noqa: B023  # called here
            timed(lambda: confirm(f"{name}.0", "bench"))  # noqa: B023  # called here
            timed(lambda: step(f"{begun}.{number}.0", "bench"))  # noqa: B023  # called here
            time.sleep(max(0.0, (ends - time.monotonic()) / (HELD - number)))
    ordered = sorted(taken)
    return {
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[int(len(ordered) * 0.99)] * 1000,
        "max": ordered[-1] * 1000,
    }


def post(seconds: float) -> dict[str, float]:
    """A poster for a while: how many a second, and how late the oldest left is."""
    from django.utils import timezone  # noqa: PLC0415  # needs the apps that are loaded now

    from ledger.poster import Poster  # noqa: PLC0415  # likewise
    from ledger.queries import flow  # noqa: PLC0415  # likewise

    begun = time.monotonic()
    poster, count = Poster(), 0
    while time.monotonic() < begun + seconds:
        count += poster.drain(lambda: time.monotonic() > begun + seconds)
        time.sleep(0.002)
    rate = count / (time.monotonic() - begun)
    left = flow(timezone.now())
    oldest = left.unposted_oldest
    return {"rate": rate, "lag": oldest.total_seconds() if oldest else 0.0, "left": left.unposted}


def main(process: str) -> None:
    django.setup()
    for line in sys.stdin:
        what, _, seconds = line.strip().partition(" ")
        if what == "prepare":
            prepare()
            said: dict[str, float] = {}
        elif what == "post":
            said = post(float(seconds))
        elif what == "held":
            said = held(float(seconds), process)
        else:
            said = clients(what, float(seconds), process)
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    # Clients' threads are gone, and their connections with them.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
