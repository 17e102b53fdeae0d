"""The hot-account ledger beside a balance that is locked, checked and written each time.

PostgreSQL of its own with fsync; 16 clients in two processes; all on one account, in turns, so
that every method meets the same machine. With the rest of a process (Django, the interpreter's
lock) both sides pay for the clients.

Sketch, an increase: a message there and back with one commit for all that wait in the process; of
PostgreSQL some 40 µs for the rows of transaction, legs and messages, of Python some 100 µs; posted
later for about as much. The peer: five messages, four of them while all others wait.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests import postgres
from tests.benchmarks import ledger_rest
from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, ChildFailed
from tests.benchmarks.figures import Figure

ROUNDS, SECONDS, HELD_SECONDS = 3, 1.5, 5
PEER, CHECKED = "for_update", "checked"
INCREASE, BULK, DECREASE, SPREAD = "increase", "bulk", "decrease", "increase@all"
KINDS = (PEER, INCREASE, BULK, DECREASE, CHECKED, SPREAD)
SUSTAINED = "sustained"
CATCH_UP_MAX = 5
WAIT_MS_MAX = 50

Round = dict[str, dict[str, float]]


class Child:
    """A process of eight clients, or a poster."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.ledger_clients", name]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True,
            )  # fmt: skip
        self._log = log

    def ask(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildFailed(self._log.read_text(errors="replace")[-500:])
        found: dict[str, float] = json.loads(line)
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def measure(workshop: Workshop) -> list[Figure]:
    figures: list[Figure] = []
    with postgres.server("fsync=on") as url:
        for commit in ("on", "off"):
            environment = {
                **os.environ,
                "DATABASE_URL": url,
                "PGOPTIONS": f"-c synchronous_commit={commit}",
                "DJANGO_SETTINGS_MODULE": "riskgw.settings",
                "RISKGW_HOME": str(workshop.folder / "home"),
                # Nobody is there to be woken.
                "REDIS_URL": "redis://127.0.0.1:1",
                "RISKGW_LOG_LEVEL": "CRITICAL",
            }
            log = workshop.folder / f"ledger.{commit}.log"
            with _children(environment, log, commit) as children:
                if commit == "on":
                    children[0].ask("prepare")
                    children[0].answer()
                rounds = [_round(children) for _ in range(ROUNDS)]
                children[0].ask(f"held {HELD_SECONDS}")
                waits = children[0].answer()
            figures += [*_figures(f"sync {commit}", rounds), _held(f"sync {commit}", waits)]
    with postgres.server("fsync=on") as url:
        return figures + ledger_rest.measure(url, workshop.folder / "rest")


@contextmanager
def _children(environment: dict[str, str], log: Path, commit: str) -> Iterator[list[Child]]:
    """Two of clients and a poster; nothing is called as what others left is."""
    with ExitStack() as stack:
        found = []
        for name in ("first", "second", "poster"):
            child = Child(f"{name}.{commit}", environment, log)
            stack.callback(child.kill)
            found.append(child)
        yield found


def _round(children: Sequence[Child]) -> Round:
    *clients, poster = children
    found = {kind: _together(clients, kind) for kind in KINDS}
    # What they left is posted while nobody asks, then as it comes.
    poster.ask(f"post {SECONDS}")
    found["post"] = poster.answer()
    for _ in range(CATCH_UP_MAX):
        poster.ask("post 2")
        if not poster.answer()["left"]:
            break
    poster.ask(f"post {SECONDS + 0.3}")
    found[SUSTAINED] = _together(clients, INCREASE)
    posted = poster.answer()
    found["posted"] = posted
    return found


def _together(clients: Sequence[Child], kind: str) -> dict[str, float]:
    for each in clients:
        each.ask(f"{kind} {SECONDS}")
    answers = [each.answer() for each in clients]
    return {
        "rate": sum(each["rate"] for each in answers),
        "p50": statistics.mean(each["p50"] for each in answers),
        "p99": max(each["p99"] for each in answers),
    }


def _figures(how: str, rounds: Sequence[Round]) -> list[Figure]:
    """Goals are for durable commits; without them they are only shown."""
    goal = how == "sync on"
    return [
        _faster(f"hot account, increases, {how}", rounds, (INCREASE, PEER), 5 if goal else None),
        _faster(f"hot account, in bulk, {how}", rounds, (BULK, PEER), 20 if goal else None),
        _faster(f"hot account, decreases, {how}", rounds, (DECREASE, PEER), 2 if goal else None),
        _faster(f"hot account, increases, {how}", rounds, (INCREASE, CHECKED), None),
        _faster(f"hot account, decreases, {how}", rounds, (DECREASE, CHECKED), None),
        _tail(f"hot account, increases, p99, {how}", rounds, INCREASE, 5 if goal else None),
        _tail(f"hot account, decreases, p99, {how}", rounds, DECREASE, None),
        _faster(
            f"one account beside 1,000, increases, {how}", rounds, (INCREASE, SPREAD),
            0.8 if goal else None,
        ),
        _posting(how, rounds),
    ]  # fmt: skip


_NAMES = {PEER: "SELECT FOR UPDATE", CHECKED: "UPDATE RETURNING", SPREAD: "1,000 accounts"}


def _faster(
    what: str, rounds: Sequence[Round], kinds: tuple[str, str], goal: float | None
) -> Figure:
    ours, peer = kinds
    pairs = [{"ours": each[ours]["rate"], peer: each[peer]["rate"]} for each in rounds]
    return _figure(what, peer, pairs, [each["ours"] / each[peer] for each in pairs], goal)


def _tail(what: str, rounds: Sequence[Round], kind: str, goal: float | None) -> Figure:
    pairs = [{"ours": each[kind]["p99"], PEER: each[PEER]["p99"]} for each in rounds]
    return _figure(what, PEER, pairs, [each[PEER] / each["ours"] for each in pairs], goal, "ms")


def _figure(what: str, peer: str, pairs: list[Any], ratios: list[float], *more: Any) -> Figure:
    goal, unit = more[0], more[1] if len(more) > 1 else "/s"
    ratio = statistics.median(ratios)
    return Figure(
        what,
        _median((each["ours"] for each in pairs), unit),
        f"{_NAMES[peer]} {_median((each[peer] for each in pairs), unit)}",
        f"{ratio:.1f}× ({min(ratios):.1f}-{max(ratios):.1f})",
        f"≥ {goal:g}×" if goal else "",
        ratio >= goal if goal else None,
        pairs,
    )


def _held(how: str, waits: dict[str, float]) -> Figure:
    return Figure(
        f"increase, confirm, cancel while the account is held, {how}",
        f"p50 {waits['p50']:.1f} ms, p99 {waits['p99']:.1f} ms, max {waits['max']:.1f} ms",
        f"for {HELD_SECONDS} s by another session",
        goal="max ≤ 50 ms" if how == "sync on" else "",
        is_met=waits["max"] <= WAIT_MS_MAX if how == "sync on" else None,
        rounds=[waits],
    )


def _posting(how: str, rounds: Sequence[Round]) -> Figure:
    accepted = _median((each[SUSTAINED]["rate"] for each in rounds), "/s")
    lag = max(each["posted"]["lag"] for each in rounds)
    return Figure(
        f"one poster, {how}",
        _median((each["post"]["rate"] for each in rounds), "/s"),
        f"beside increases: {_median((each['posted']['rate'] for each in rounds), '/s')} posted,"
        f" {accepted} let in, at most {lag:.1f} s behind",
    )


def _median(values: Any, unit: str) -> str:
    known = sorted(values)
    places = 0 if known[-1] > 100 else 1
    middle = statistics.median(known)
    return f"{middle:,.{places}f} {unit} ({known[0]:,.{places}f}-{known[-1]:,.{places}f})"
