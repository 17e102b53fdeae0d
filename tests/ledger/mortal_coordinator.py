"""The example's coordinator, which dies where it is told: "try:1" after the first try's answer."""

import os
import signal
import sys

from ledger.coordinator import Body, Decision, Unit
from ledger.example import main, units_of

DIES_AFTER = "RISKGW_TEST_DIES_AFTER"
_passed: dict[str, int] = {}


class Mortal:
    """A unit as it is, and a process that dies between two calls."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def attempt(self, identifier: str, body: Body) -> str:
        state = self._unit.attempt(identifier, body)
        _pass("try")
        return state

    def tell(self, identifier: str, decision: Decision) -> None:
        self._unit.tell(identifier, decision)
        _pass(decision.value)


def _pass(what: str) -> None:
    _passed[what] = _passed.get(what, 0) + 1
    if os.environ.get(DIES_AFTER) == f"{what}:{_passed[what]}":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    mortal = {name: Mortal(unit) for name, unit in units_of(sys.argv[2]).items()}
    print(main(sys.argv[1], mortal, sys.argv[3:]))  # noqa: T201  # its answer
