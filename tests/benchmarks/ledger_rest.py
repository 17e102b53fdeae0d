"""The ledger through REST: two web processes, sixteen clients, one hot account.

Where the time goes is read from requests that do less and less of it, one client at a time.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure
from tests.ledger.sites import Caller, Site

CLIENTS, SECONDS, BULK, SINGLE = 16, 3.0, 200, 40
BOOKS = {"accounts": [["cash", "unrestricted", ""], ["rest.hot", "credit", "100000"]]}
_numbers = count()


def _legs(payer: str, payee: str) -> dict[str, Any]:
    return {
        "legs": [
            {"account": payer, "side": "debit", "amount": "0.01"},
            {"account": payee, "side": "credit", "amount": "0.01"},
        ]
    }


INCREASE, DECREASE = _legs("cash", "rest.hot"), _legs("rest.hot", "cash")


def measure(url: str, folder: Path) -> list[Figure]:
    site = Site(folder, url, ("web.0", "web.1"))
    caller = Caller(site.prepare(BOOKS)["accountant"])
    try:
        site.start()
        for port in site.ports:
            _pay(caller, port, INCREASE)
        return [
            _figure("increases, each a try and a confirm", site, caller, INCREASE),
            _figure("decreases, each a try and a confirm", site, caller, DECREASE),
            _bulk(site, caller),
            Figure("ledger by REST, one client, milliseconds", _parts(site, caller)),
        ]
    finally:
        site.stop()


def _pay(caller: Caller, port: int, body: dict[str, Any]) -> int:
    path = f"transactions/rest.{next(_numbers)}"
    for verb, said in (("try", body), ("confirm", {})):
        answer = caller.ask(port, "POST", f"{path}/{verb}", said)
        assert answer.status == 200, answer
    return 1


def _pay_many(caller: Caller, port: int) -> int:
    items = [{"id": f"rest.{next(_numbers)}", **INCREASE, "confirm": True} for _ in range(BULK)]
    answer = caller.ask(port, "POST", "transactions/bulk", {"items": items})
    assert all(each["body"]["state"] == "confirmed" for each in answer.body["items"]), answer
    return BULK


def _rate(clients: int, site: Site, work: Callable[[int], int]) -> tuple[float, float]:
    """Transactions a second, and the 99th percentile of one round in milliseconds."""

    def client(number: int) -> Iterator[tuple[int, float]]:
        while (begun := time.perf_counter()) < ends:
            done = work(site.ports[number % len(site.ports)])
            yield done, time.perf_counter() - begun

    begun = time.perf_counter()
    ends = begun + SECONDS
    with ThreadPoolExecutor(clients) as pool:
        rounds = pool.map(lambda number: list(client(number)), range(clients))
        found = [each for some in rounds for each in some]
    passed = time.perf_counter() - begun
    taken = sorted(seconds for _, seconds in found)
    return sum(done for done, _ in found) / passed, taken[int(len(taken) * 0.99)] * 1000


def _figure(what: str, site: Site, caller: Caller, body: dict[str, Any]) -> Figure:
    rate, tail = _rate(CLIENTS, site, lambda port: _pay(caller, port, body))
    return Figure(f"ledger by REST, {what}", f"{rate:,.0f} /s", f"p99 {tail:.0f} ms")


def _bulk(site: Site, caller: Caller) -> Figure:
    rate, tail = _rate(2, site, lambda port: _pay_many(caller, port))
    return Figure(f"ledger by REST, {BULK} at once", f"{rate:,.0f} /s", f"p99 {tail:.0f} ms")


def _parts(site: Site, caller: Caller) -> str:
    """Medians: nothing but the server, then with log-in and one row read, then with a commit."""
    port = site.ports[0]

    def asked(method: str, path: Callable[[], str], body: Any = None) -> float:
        taken = []
        for _ in range(SINGLE):
            where = path()
            begun = time.perf_counter()
            caller.ask(port, method, where, body)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken) * 1000

    nowhere = Caller("")
    begun = time.perf_counter()
    for _ in range(SINGLE):
        nowhere.ask(port, "GET", "trial-balance")
    stranger = (time.perf_counter() - begun) / SINGLE * 1000
    read = asked("GET", lambda: "accounts/rest.hot/balance")
    tried = asked("POST", lambda: f"transactions/rest.{next(_numbers)}/try", INCREASE)
    return f"a stranger is refused {stranger:.1f}, a balance {read:.1f}, a try {tried:.1f}"
