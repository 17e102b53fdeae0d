"""Two units as processes, each with a database; the coordinator is killed between two calls."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.example import CLEARING, CUSTOMER
from tests import databases
from tests.ledger.mortal_coordinator import DIES_AFTER
from tests.ledger.sites import ROOT, Caller, Site

BOOKS = {
    "accounts": [[CLEARING, "unrestricted", ""], ["cash", "unrestricted", ""],
                 [CUSTOMER, "credit", "100"]],
    "units": {"coordinator": [CUSTOMER, CLEARING]},
}  # fmt: skip


class House:
    """Units by name, and a coordinator with its journal."""

    def __init__(self, folder: Path) -> None:
        self._journal = folder / "journal"
        self.sites: dict[str, Site] = {}
        self.people: dict[str, Caller] = {}
        units = {}
        files = {name: folder / f"{name}.sqlite3" for name in ("north", "south")}
        for name, file in files.items():
            site = Site(folder / name, f"sqlite:///{file}", ("web", "poster"))
            self.sites[name] = site
        # The other begins with the same books, and keys.
        databases.copy_into(files["north"])
        keys = self.sites["north"].prepare(BOOKS)
        shutil.copy(files["north"], files["south"])
        for name, site in self.sites.items():
            self.people[name] = Caller(keys["accountant"])
            address = f"http://127.0.0.1:{site.ports[0]}"
            units[name] = {"address": address, "authorization": keys["coordinator"]}
        self._units = json.dumps(units)

    def coordinate(self, *command: str, dies_after: str = "") -> tuple[int, str]:
        """Exit status and what it said; as by kill -9 where it is told to die."""
        program = "tests.ledger.mortal_coordinator" if dies_after else "ledger.example"
        done = subprocess.run(
            [sys.executable, "-m", program, str(self._journal), self._units, *command],
            cwd=ROOT, env=os.environ | {DIES_AFTER: dies_after}, check=False,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout.strip() or done.stderr[-500:]

    def states(self, identifier: str) -> set[str]:
        """In both units; posted is confirmed and done with."""
        found = set()
        for name, site in self.sites.items():
            answer = self.people[name].ask(site.ports[0], "GET", f"transactions/{identifier}")
            state = "unknown" if answer.status == 404 else answer.body["state"]
            found.add("confirmed" if state == "posted" else state)
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("units"))
    try:
        for site in house.sites.values():
            for process in site.processes.values():
                process.start()
        for site in house.sites.values():
            site.wait()
        yield house
    finally:
        for site in house.sites.values():
            site.stop()


def test_an_amount_goes_from_one_unit_to_the_other(house: House) -> None:
    assert house.coordinate("pay", "t1", "north", "south", "10") == (0, "confirm")
    assert house.states("t1") == {"confirmed"}


def test_what_one_unit_refuses_neither_keeps(house: House) -> None:
    assert house.coordinate("pay", "t2", "north", "south", "1000") == (0, "cancel")
    assert house.states("t2") <= {"rejected", "cancelled"}


@pytest.mark.parametrize(
    ("place", "between", "end"),
    [
        ("try:1", {"tried", "unknown"}, "cancelled"),
        ("try:2", {"tried"}, "cancelled"),
        ("confirm:1", {"confirmed", "tried"}, "confirmed"),
    ],
)
def test_a_coordinator_killed_between_two_calls_leaves_both_sides_agreed_after_its_restart(
    house: House, place: str, between: set[str], end: str
) -> None:
    name = f"k.{place}"
    status, _ = house.coordinate("pay", name, "south", "north", "5", dies_after=place)
    assert status == -signal.SIGKILL
    # So that the test is one that can fail: here they do not agree, or nothing is decided.
    assert house.states(name) == between
    assert house.coordinate("recover") == (0, "recovered")
    assert house.states(name) == {end}


def test_a_coordinator_killed_while_it_cancels_cancels_on(house: House) -> None:
    name = "k.cancel"
    status, _ = house.coordinate("pay", name, "south", "north", "1000", dies_after="cancel:1")
    assert status == -signal.SIGKILL
    assert house.coordinate("recover") == (0, "recovered")
    assert house.states(name) <= {"rejected", "cancelled"}
