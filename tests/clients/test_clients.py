"""Events decoded from what real clients sent equal what the clients say they did."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from capture.io.pcap_files import CaptureFile
from riskgw.messages.event import event_line
from tests.capture.decoding import Decoded, decoded
from tests.clients.rows import Row
from tests.clients.stage import CLIENTS, scenarios_of
from tests.fakes import Packet

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
PROCEDURES = {
    "p_ins_order": ["reff", "acc", "stock", "bs", "price", "qty", "owflag", "rec_num:out"]
}
STAGE_SECONDS_MAX = 900
CASES = [(client, name) for client in CLIENTS for name in scenarios_of(client)]
LONG_OPEN = [
    (client, name)
    for client, name in CASES
    if name.startswith(("version", "literals", "parameters", "interpolated", "large_batch"))
]
SIDES = {"B": "buy", "S": "sell"}
CONFIRMATION_KINDS = {"O": "confirm", "W": "cancelled", "F": "reject"}
# What a healthy link gives, however the clients use it.
COUNTED_PROBLEMS = {"not_effective": "failed", "unanswered": "unanswered", "orphan": "unread"}
QUIET_PROBLEMS = {*COUNTED_PROBLEMS, "encrypted"}


class Stages:
    """Runs each client's scenarios once, in a namespace of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._played: dict[str, Path] = {}

    def of(self, client: str) -> Path:
        if client == "tedious" and shutil.which("node") is None:
            pytest.skip("tedious runs on Node, which is not installed")
        if client == "tedious" and not NODE_MODULES.is_dir():
            pytest.skip("tedious is not installed: make test-root does it")
        if client not in self._played:
            self._played[client] = self._play(client)
        return self._played[client]

    def _play(self, client: str) -> Path:
        folder = self._folder / client
        folder.mkdir()
        stage = (
            f"ip link set lo up && exec {sys.executable} -m tests.clients.stage {client} {folder}"
        )
        subprocess.run(
            ["unshare", "--net", "sh", "-c", stage],
            cwd=ROOT, check=True, timeout=STAGE_SECONDS_MAX,
        )  # fmt: skip
        return folder


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp("clients"))


@pytest.mark.parametrize(("client", "scenario"), CASES)
def test_the_events_are_what_the_client_did(stages: Stages, client: str, scenario: str) -> None:
    folder = stages.of(client)
    truth = json.loads((folder / f"{scenario}.json").read_text())
    found = decoded(CaptureFile(folder / f"{scenario}.pcap"), PROCEDURES)
    assert truth["error"] == ""
    assert told(found) == did(truth)
    assert [p for p in found.problems if p.kind.value not in QUIET_PROBLEMS] == []
    assert ("encrypted" in found.problem_kinds()) == (scenario == "encrypted_login")
    for kind, name in COUNTED_PROBLEMS.items():
        assert found.problem_kinds().count(kind) == truth[name], kind


@pytest.mark.parametrize(("client", "scenario"), CASES)
def test_frames_that_loopback_shows_once_say_the_same(
    stages: Stages, client: str, scenario: str
) -> None:
    twice = list(CaptureFile(stages.of(client) / f"{scenario}.pcap"))
    once = list({frame: packet for packet in reversed(twice) for frame in (packet[2],)}.values())
    assert len(once) < len(twice)
    assert told(decoded(once[::-1], PROCEDURES)) == told(decoded(twice, PROCEDURES))


@pytest.mark.parametrize(("client", "scenario"), LONG_OPEN)
def test_a_listener_that_comes_after_the_log_in_hears_the_same(
    stages: Stages, client: str, scenario: str
) -> None:
    folder = stages.of(client)
    truth = json.loads((folder / f"{scenario}.json").read_text())
    found = decoded(behind_the_log_in(CaptureFile(folder / f"{scenario}.pcap")), PROCEDURES)
    assert told(found) == did(truth)


def behind_the_log_in(capture: CaptureFile) -> list[Packet]:
    """The packets from the first that carries an order or asks for reports."""
    packets = list(capture)
    firsts = ("INSERT", "insert", "select", "SELECT")
    marks = [word.encode("utf-16-le") for word in firsts]
    first = next(
        at for at, packet in enumerate(packets) if any(mark in packet[2] for mark in marks)
    )
    return packets[first:]


def told(found: Decoded) -> Counter[tuple[Any, ...]]:
    """Events as values that do not depend on when they were heard."""
    lines = [event_line(event, 0) for event in found.events]
    names = ("event", "order_ref", "account", "symbol", "side", "price", "quantity", "cancel_of",
             "exec_ref")  # fmt: skip
    return Counter((*(line[name] for name in names), _plain(line["fields"])) for line in lines)


def did(truth: Mapping[str, Any]) -> Counter[tuple[Any, ...]]:
    """The events that the rows of a truth stand for (IS101)."""
    references = {str(row.get("rec_num")): row["reff"] for row in truth["orders"]}
    events = [_order(row, references) for row in truth["orders"]]
    events += [_confirmation(row) for row in truth["confirmations"]]
    events += [_fill(row) for row in truth["fills"]]
    return Counter(events)


def _order(row: Row, references: Mapping[str, str]) -> tuple[Any, ...]:
    is_cancel = row["owflag"] == "WTH"
    return (
        "cancel" if is_cancel else "order", row["reff"], row["acc"], row["stock"],
        SIDES[row["bs"].upper()], _number(row["price"]), _number(row["qty"]),
        references[row["ordrec"]] if is_cancel else None, None, _plain(row),
    )  # fmt: skip


def _confirmation(row: Row) -> tuple[Any, ...]:
    kind = CONFIRMATION_KINDS[row["status"]]
    quantity = row["qty2" if kind == "cancelled" else "qty"]
    return (
        kind, row["reff"], row["acc"], row["stock"], SIDES[row["bs"].upper()],
        _number(row["price"]), _number(quantity), None, None, _plain(row),
    )  # fmt: skip


def _fill(row: Row) -> tuple[Any, ...]:
    return (
        "fill", row["sqbh"], row["gddm"], row["zqdm"], SIDES[row["bs"].upper()],
        _number(row["cjjg"]), _number(row["cjsl"]), None, str(row["cjbh"]), _plain(row),
    )  # fmt: skip


def _number(text: Any) -> str:
    return format(Decimal(text).normalize(), "f")


def _plain(row: Mapping[str, Any]) -> tuple[tuple[str, str | None], ...]:
    """A row as texts: a program's int may travel as text, and the other way round."""
    return tuple(
        sorted((name, None if value is None else str(value)) for name, value in row.items())
    )
