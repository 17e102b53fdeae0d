"""The ledger through REST: two web processes, sixteen clients, one hot account.

The clients are a business unit's: each keeps its connection. Where the time goes is read from
requests that do less and less of it, one client at a time.
"""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure
from tests.ledger.sites import V1, Caller, Site

CLIENTS, SECONDS, BULK, SINGLE = 16, 3.0, 200, 40
BOOKS = {
    "accounts": [["cash", "unrestricted", ""], ["rest.hot", "credit", "100000"]],
    "units": {"till": ["cash", "rest.hot"]},
}
_numbers = count()


def _legs(payer: str, payee: str) -> dict[str, Any]:
    return {
        "legs": [
            {"account": payer, "side": "debit", "amount": "0.01"},
            {"account": payee, "side": "credit", "amount": "0.01"},
        ]
    }


INCREASE, DECREASE = _legs("cash", "rest.hot"), _legs("rest.hot", "cash")


class Till:
    """A business unit's program: a connection for each of its threads and each server."""

    def __init__(self, authorization: str) -> None:
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}
        self._local = threading.local()

    def ask(self, port: int, path: str, body: Any) -> Any:
        lines = vars(self._local).setdefault("lines", {})
        if port not in lines:
            lines[port] = http.client.HTTPConnection("127.0.0.1", port)
        line = lines[port]
        line.request("POST", f"{V1}/{path}", json.dumps(body), self._headers)
        answer = line.getresponse()
        said = json.loads(answer.read())
        assert answer.status == HTTPStatus.OK, said
        return said


def measure(url: str, folder: Path) -> list[Figure]:
    site = Site(folder, url, ("web.0", "web.1"))
    keys = site.prepare(BOOKS)
    till, accountant = Till(keys["till"]), Caller(keys["accountant"])
    try:
        site.start()
        for port in site.ports:
            _pay(till, port, INCREASE)
        return [
            _figure("increases, each a try and a confirm", site, till, INCREASE),
            _figure("decreases, each a try and a confirm", site, till, DECREASE),
            _bulk(site, till),
            Figure("ledger by REST, one client, milliseconds", _parts(site, till, accountant)),
        ]
    finally:
        site.stop()


def _pay(till: Till, port: int, body: dict[str, Any]) -> int:
    path = f"transactions/rest.{next(_numbers)}"
    for verb, said in (("try", body), ("confirm", {})):
        till.ask(port, f"{path}/{verb}", said)
    return 1


def _pay_many(till: Till, port: int) -> int:
    items = [{"id": f"rest.{next(_numbers)}", **INCREASE, "confirm": True} for _ in range(BULK)]
    answer = till.ask(port, "transactions/bulk", {"items": items})
    assert all(each["body"]["state"] == "confirmed" for each in answer["items"]), answer
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


def _figure(what: str, site: Site, till: Till, body: dict[str, Any]) -> Figure:
    rate, tail = _rate(CLIENTS, site, lambda port: _pay(till, port, body))
    return Figure(f"ledger by REST, {what}", f"{rate:,.0f} /s", f"p99 {tail:.0f} ms")


def _bulk(site: Site, till: Till) -> Figure:
    rate, tail = _rate(2, site, lambda port: _pay_many(till, port))
    return Figure(f"ledger by REST, {BULK} at once", f"{rate:,.0f} /s", f"p99 {tail:.0f} ms")


def _parts(site: Site, till: Till, accountant: Caller) -> str:
    """Medians: a program ahead of Django; a person through it, with less and less to do."""
    port, stranger = site.ports[0], Caller("")

    def asked(ask: Callable[[str], object]) -> float:
        taken = []
        for _ in range(SINGLE):
            path = f"transactions/rest.{next(_numbers)}/try"
            begun = time.perf_counter()
            ask(path)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken) * 1000

    tried = asked(lambda path: till.ask(port, path, INCREASE))
    slowly = asked(lambda path: accountant.ask(port, "POST", path, INCREASE))
    read = asked(lambda path: accountant.ask(port, "GET", "accounts/rest.hot/balance"))
    refused = asked(lambda path: stranger.ask(port, "GET", "trial-balance"))
    return (
        f"a unit's try {tried:.1f}; through Django a try {slowly:.1f}, a balance {read:.1f},"
        f" a stranger refused {refused:.1f}"
    )
