"""What tedious does, in a process of Node for each scenario: node/scenarios.js."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.clients import rows
from tests.clients.place import PORT, Place, Scenario
from tests.clients.reports import MANY, REPORTS, Reports
from tests.sql_server.script import Script

PROGRAM = Path(__file__).parent / "node" / "scenarios.js"
ORDERS = rows.orders(1, 200)
SECONDS_MAX = 40
NOTHING = Reports([], [])
REFUSED = Script(refused=frozenset((ORDERS[1]["reff"],)))


def _scenario(name: str, held: Reports = NOTHING, script: Script | None = None) -> Scenario:
    def run(place: Place) -> None:
        node = shutil.which("node")
        assert node, "tedious runs on Node"
        finished = subprocess.run(
            [node, PROGRAM, name, str(PORT)],
            input=json.dumps(ORDERS), capture_output=True, text=True, check=False,
            timeout=SECONDS_MAX,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stderr
        done = json.loads(finished.stdout)
        place.placed(*done["orders"])
        place.failed(done["failed"])
        place.truth.unread = done["unread"]
        if done["leftOpen"]:
            place.left_open()
        assert done["read"] in ([], [len(held.confirmations), len(held.fills)])
        place.truth.confirmations += held.confirmations
        place.truth.fills += held.fills

    return Scenario(run, script or held.script())


WRITING = (
    "literals", "parameters", "prepared", "table_parameter", "stored_procedure", "bulk_load",
    "typed_bulk_load", "bulk_load_rolled_back", "transactions", "savepoint", "two_connections",
    "cancelled_while_it_waits", "cancelled_after_its_first_insert", "taken_back_while_it_is_sent",
    "large_batch", "small_packets", "reset",
)  # fmt: skip
REFUSING = ("refused", "refused_with_abort", "bulk_load_refused")
READING = ("reports", "version_7_1", "version_7_2", "version_7_3_B", "version_7_4")
SCENARIOS = {
    **{name: _scenario(name, script=Script()) for name in WRITING},
    **{name: _scenario(name, script=REFUSED) for name in REFUSING},
    **{name: _scenario(name, REPORTS) for name in READING},
    "many_reports": _scenario("many_reports", MANY),
}
