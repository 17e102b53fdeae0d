"""Two business units, each with a ledger of its own, and a coordinator between them.

python -m ledger.example JOURNAL UNITS COMMAND…, with UNITS as JSON: by name the address of the
unit's ledger and its key. `pay ID FROM TO AMOUNT` moves an amount from the customer's account of
one unit to that of the other; `recover` ends what a coordinator that died has left.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ledger.coordinator import Body, Coordinator, Journal, RestUnit, Unit

CUSTOMER, CLEARING = "customer", "clearing"


def parts(payer: str, payee: str, amount: str) -> dict[str, Body]:
    """Each unit books its own half against its clearing account."""
    return {
        payer: {"legs": [_leg(CUSTOMER, "debit", amount), _leg(CLEARING, "credit", amount)]},
        payee: {"legs": [_leg(CLEARING, "debit", amount), _leg(CUSTOMER, "credit", amount)]},
    }


def _leg(account: str, side: str, amount: str) -> dict[str, str]:
    return {"account": account, "side": side, "amount": amount}


def units_of(text: str) -> dict[str, Unit]:
    """Units by name, from JSON."""
    said: dict[str, dict[str, str]] = json.loads(text)
    return {name: RestUnit(each["address"], each["authorization"]) for name, each in said.items()}


def main(journal: str, units: Mapping[str, Unit], command: Sequence[str]) -> str:
    coordinator = Coordinator(Journal(Path(journal)), units)
    if list(command) == ["recover"]:
        coordinator.recover()
        return "recovered"
    _, identifier, payer, payee, amount = command
    return coordinator.run(identifier, parts(payer, payee, amount)).value


if __name__ == "__main__":
    print(main(sys.argv[1], units_of(sys.argv[2]), sys.argv[3:]))  # noqa: T201  # its answer
