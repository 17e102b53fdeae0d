"""Runs scenarios of a client in this network namespace: a capture and a truth for each.

`python -m tests.clients.stage CLIENT FOLDER [SCENARIO…]`
"""

import sys
import traceback
from importlib import import_module
from pathlib import Path

from tests.clients.certificate import make_certificate
from tests.clients.loopback import Loopback
from tests.clients.place import PORT, Place, Scenario, Truth
from tests.fakes import pcap
from tests.sql_server.server import SqlServer

CLIENTS = ("python_tds", "pymssql", "tedious")


def scenarios_of(client: str) -> dict[str, Scenario]:
    table: dict[str, Scenario] = import_module(f"tests.clients.{client}_scenarios").SCENARIOS
    return table


class _Writing:
    """What goes wrong belongs to the truth: the scenario's own test tells it."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> bool:
        if isinstance(error, Exception):
            self._truth.error = "".join(traceback.format_exception(error))
        return isinstance(error, Exception)


def main(client: str, folder: Path, names: list[str]) -> None:
    certificate = make_certificate(folder / "server.pem")
    table = scenarios_of(client)
    with Loopback() as loopback:
        for name in names or table:
            truth = Truth()
            place = Place(truth, certificate)
            with _Writing(truth), SqlServer(table[name].script, PORT, certificate):
                table[name].run(place)
            (folder / f"{name}.pcap").write_bytes(pcap(loopback.take(), is_nano=True))
            truth.save(folder / f"{name}.json")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
