"""The ledger over REST while its processes are killed and its database is restarted.

Of what clients were told everything holds afterwards; of what they do not know it is all or none.
"""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest

from tests import postgres
from tests.ledger.sites import Answer, Caller, NoAnswer, Site, transfer

# The database is its own; the marks say where it runs.
pytestmark = [pytest.mark.postgres, pytest.mark.django_db, pytest.mark.faults]

SECONDS, CLIENTS, KILL_SECONDS, SETTLE_SECONDS_MAX = 16, 6, 1.5, 120
# A slow machine takes longer until there is enough to judge.
SECONDS_MAX, REQUESTS_MIN, LOOKS_MIN, DEATHS_MIN = 120, 500, 10, 5
NAMES = ("a", "b", "c", "d")
BOOKS = {
    "accounts": [
        ["cash", "unrestricted", ""], ["a", "credit", "500"], ["b", "credit", "500"],
        ["c", "credit", ""], ["d", "credit", "200"], ["last", "credit", ""],
    ],
    "units": {"unit": ["cash", "a", "b", "c", "d"]},
}  # fmt: skip
IN_WEB = (
    "admit.locked", "admit.transactions", "admit.refusals", "admit.legs", "admit.confirmed",
    "admit.reserved", "admit.commit", "confirm.state", "confirm.messages", "cancel.state",
    "at_once.given", "at_once.held", "at_once.locked", "at_once.taken", "at_once.confirmed",
)  # fmt: skip
IN_POSTER = (
    "post.taken", "post.locked", "post.lines", "post.balances", "post.transactions",
    "post.messages", "post.commit",
)  # fmt: skip


@dataclass(frozen=True)
class Heard:
    """One request: when, by whom, where, and the status and state it was answered, if it was."""

    begun: float
    ended: float
    client: str
    port: int
    identifier: str
    verb: str
    status: int | None
    state: str

    def __str__(self) -> str:
        said = f"{self.status} {self.state}" if self.status else "no answer"
        times = f"{self.begun:.3f}-{self.ended:.3f}"
        return f"{times} {self.client} {self.port} {self.verb} {self.identifier}: {said}"


@dataclass
class Diary:
    """Everything that was asked and everything that broke, so that a failure explains itself."""

    begun: float = field(default_factory=time.monotonic)
    heard: list[Heard] = field(default_factory=list)
    faults: list[tuple[float, str]] = field(default_factory=list)

    def now(self) -> float:
        return time.monotonic() - self.begun

    def broke(self, what: str) -> None:
        self.faults.append((self.now(), what))

    def about(self, identifier: str) -> str:
        """Its requests, and what broke while they were made."""
        mine = [each for each in self.heard if each.identifier == identifier]
        first = min((each.begun for each in mine), default=0.0) - 1
        last = max((each.ended for each in mine), default=0.0) + 1
        lines = [(each.ended, str(each)) for each in mine]
        lines += [(at, f"{at:.3f} {what}") for at, what in self.faults if first <= at <= last]
        return "\n".join(line for _, line in sorted(lines))


class Faults(threading.Thread):
    """Kills a process now and then, and starts again what has died, with a new place to die at."""

    def __init__(self, site: Site, database: postgres.Server, diary: Diary) -> None:
        super().__init__()
        self._site, self._database, self._diary = site, database, diary
        self._dice = random.Random(7)
        self.is_over = threading.Event()
        self.has_restarted = False

    def run(self) -> None:
        begun = time.monotonic()
        while not self.is_over.wait(0.1):
            passed = time.monotonic() - begun
            if passed > SECONDS / 2 and not self.has_restarted:
                self._diary.broke("database stops")
                self._database.stop()
                self._diary.broke("database starts")
                self._database.start()
                self._diary.broke("database is back")
                self.has_restarted = True
            if self._dice.random() < 0.1 / KILL_SECONDS:
                victim = self._dice.choice(list(self._site.processes.values()))
                victim.kill()
                self._diary.broke(f"{victim.name} {victim.port} killed")
            for process in self._site.processes.values():
                if not process.is_alive:
                    places = IN_WEB if process.port else IN_POSTER
                    place = f"{self._dice.choice(places)}:{self._dice.randrange(2, 40)}"
                    process.start(place)
                    self._diary.broke(f"{process.name} {process.port} died, starts with {place}")


class Client:
    """Tries, repeats, confirms and cancels, also what others try; writes down what it was told."""

    def __init__(self, site: Site, caller: Caller, number: int, diary: Diary) -> None:
        self._site, self._caller, self._number = site, caller, number
        self._dice = random.Random(number)
        self._diary = diary

    def work(self, is_over: threading.Event) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            # Two clients at a time share their ids: what one confirms the other may cancel.
            identifier = f"x{self._number // 2}.{number}"
            body = self.body(identifier)
            for _ in range(self._dice.choice((1, 1, 2))):
                self._ask(identifier, "try", body)
            self._ask(identifier, "confirm" if self._dice.random() < 0.7 else "cancel", {})

    @staticmethod
    def body(identifier: str) -> dict[str, object]:
        """The same for the same id."""
        dice = random.Random(identifier)
        payer, payee = dice.sample((*NAMES, "cash"), 2)
        return transfer(payer, payee, str(dice.randrange(1, 40)))

    def _ask(self, identifier: str, verb: str, body: dict[str, object]) -> None:
        port = self._dice.choice(self._site.ports)
        begun = self._diary.now()
        answer: Answer | None = None
        try:
            answer = self._caller.ask(port, "POST", f"transactions/{identifier}/{verb}", body)
        except NoAnswer:
            time.sleep(0.02)
        status, state = (answer.status, answer.body.get("state", "")) if answer else (None, "")
        self._diary.heard.append(
            Heard(
                begun, self._diary.now(), f"client {self._number}", port, identifier, verb,
                status, state,
            )
        )  # fmt: skip
        # A try is answered; what came too late or too soon is refused.
        assert status in ((None, 200) if verb == "try" else (None, 200, 404, 409)), answer


class Observer(threading.Thread):
    """Looks at every moment it can."""

    def __init__(self, site: Site, caller: Caller) -> None:
        super().__init__()
        self._site, self._caller = site, caller
        self.is_over = threading.Event()
        self.count = 0
        self.wrong: list[Answer] = []

    def run(self) -> None:
        dice = random.Random(1)
        while not self.is_over.wait(0.05):
            try:
                self._look(dice.choice(self._site.ports), dice.choice(NAMES))
            except NoAnswer:
                continue

    def _look(self, port: int, name: str) -> None:
        balance = self._caller.ask(port, "GET", f"accounts/{name}/balance")
        if balance.status != 200 or any(
            balance.body[each].startswith("-") for each in ("posted", "available", "reserved")
        ):
            self.wrong.append(balance)
        trial = self._caller.ask(port, "GET", "trial-balance")
        if any(row["debit"] != row["credit"] for row in trial.body["rows"]):
            self.wrong.append(trial)
        self.count += 1


@pytest.fixture
def database() -> Iterator[postgres.Server]:
    with postgres.running("fsync=off") as found:
        yield found


def everybody_works(
    site: Site, diary: Diary, clients: list[Client], others: tuple[Faults, Observer]
) -> None:
    """For a while, and until enough has been asked, seen and broken."""
    faults, observer = others
    is_over = threading.Event()
    begun = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as pool:
        working = [pool.submit(each.work, is_over) for each in clients]
        while (passed := time.monotonic() - begun) < SECONDS_MAX:
            if any(each.done() for each in working):
                break
            is_enough = (
                len(diary.heard) >= REQUESTS_MIN
                and observer.count >= LOOKS_MIN
                and deaths(site) >= DEATHS_MIN
                and faults.has_restarted
            )
            if is_enough and passed > SECONDS:
                break
            time.sleep(0.1)
        is_over.set()
    for each in working:
        each.result()


def deaths(site: Site) -> int:
    return sum(each.deaths for each in site.processes.values())


def settled(site: Site, caller: Caller) -> None:
    ends = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        flow = caller.ask(site.ports[0], "GET", "flow").body
        if not flow["unposted"] and not flow["in_flight"]:
            return
        assert time.monotonic() < ends, flow
        time.sleep(0.1)


# What a transaction ends as, by what somebody was told about it.
ENDS = {
    ("try", "rejected"): {"rejected"},
    ("try", "cancelled"): {"cancelled"},
    ("try", "tried"): {"posted", "cancelled"},
    ("confirm", "confirmed"): {"posted"},
    ("confirm", "posted"): {"posted"},
    ("cancel", "cancelled"): {"cancelled"},
    ("cancel", "rejected"): {"rejected"},
}


def check_told(site: Site, caller: Caller, diary: Diary) -> dict[str, int]:
    """Every answer still holds; how many transactions ended how."""
    ends: dict[str, set[str]] = {}
    for each in diary.heard:
        if each.status == HTTPStatus.OK:
            possible = ends.setdefault(each.identifier, {"posted", "cancelled", "rejected"})
            possible &= ENDS[each.verb, each.state]
    counts: dict[str, int] = {}
    for identifier, possible in ends.items():
        shown = caller.ask(site.ports[0], "GET", f"transactions/{identifier}").body
        assert shown["state"] in possible, f"{shown}\n{diary.about(identifier)}"
        counts[shown["state"]] = counts.get(shown["state"], 0) + 1
    return counts


def spend_all(site: Site, caller: Caller) -> None:
    """Eight clients ask for more than is reported available, and get exactly that."""
    left = caller.ask(site.ports[0], "GET", "accounts/d/balance").body["available"]
    whole = int(float(left))

    def spend(number: int) -> int:
        port = site.ports[number % len(site.ports)]
        answer = caller.ask(
            port, "POST", f"transactions/s.{number}/try", transfer("d", "last", "1")
        )
        return int(answer.body["state"] == "tried")

    with ThreadPoolExecutor(8) as pool:
        count = min(whole, 100)
        rest = transfer("d", "last", str(whole - count))
        if whole > count:
            assert caller.ask(site.ports[0], "POST", "transactions/s/try", rest).status == 200
        assert sum(pool.map(spend, range(count + 30))) == count
    assert caller.ask(site.ports[0], "GET", "accounts/d/balance").body["available"] == "0.00"
    for number in range(count + 30):
        caller.ask(site.ports[0], "POST", f"transactions/s.{number}/confirm", {})
    if whole > count:
        caller.ask(site.ports[0], "POST", "transactions/s/confirm", {})


def test_nothing_is_lost_or_done_twice_whatever_dies(
    database: postgres.Server, tmp_path: Path
) -> None:
    site = Site(tmp_path / "site", database.url, ("web.0", "web.1", "poster.0", "poster.1"))
    # Fewer than ask at once: who waits for others' commit must not have what those need.
    site.environment["RISKGW_DATABASE_CONNECTIONS"] = "4"
    keys = site.prepare(BOOKS)
    caller, unit = Caller(keys["accountant"]), Caller(keys["unit"])
    diary = Diary()
    # A person by way of Django, programs ahead of it.
    clients = [
        Client(site, unit if number > 1 else caller, number, diary) for number in range(CLIENTS)
    ]
    faults, observer = Faults(site, database, diary), Observer(site, caller)
    try:
        site.start()
        faults.start()
        observer.start()
        everybody_works(site, diary, clients, (faults, observer))
        faults.is_over.set()
        observer.is_over.set()
        faults.join()
        observer.join()
        # From here on nobody dies any more.
        site.stop()
        site.start()
        for identifier in sorted({each.identifier for each in diary.heard}):
            caller.ask(site.ports[0], "POST", f"transactions/{identifier}/cancel", {})
        for flying in caller.ask(site.ports[0], "GET", "in-flight").body["results"]:
            caller.ask(site.ports[0], "POST", f"transactions/{flying['id']}/cancel", {})
        settled(site, caller)
        counts = check_told(site, caller, diary)
        spend_all(site, caller)
        settled(site, caller)
        for name in NAMES:
            assert caller.ask(site.ports[0], "GET", f"accounts/{name}/balance").body[
                "reserved"
            ] == "0.00"  # fmt: skip
        site.run("manage.py", "ledger_verify")
    finally:
        faults.is_over.set()
        observer.is_over.set()
        site.stop()
    assert observer.wrong == []
    assert observer.count >= LOOKS_MIN
    assert faults.has_restarted
    assert deaths(site) >= DEATHS_MIN
    assert counts.keys() == {"posted", "cancelled", "rejected"}, counts
