"""A unit that keeps clients' money: what it asks of the ledger in the demo, second by second."""

from random import Random
from typing import Any, NamedTuple

COMMISSION, DUTY, BANK, CLEARING, SUSPENSE = "3001", "2301", "1001", "1002", "9000"
# So the ids of its transactions begin, whichever run they are of.
MARK = "demo."
_PAYMENTS_A_TURN = 4
_RESERVE_EACH, _REFUSE_EACH, _DEPOSIT_EACH = 7, 15, 2
_WAIT_TURNS_MIN, _WAIT_TURNS_MAX = 15, 90
# One in so many reservations is forgotten by its coordinator, and found again at last.
_FORGET_EACH, _FORGET_TURNS = 4, 11 * 60
_IN_FLIGHT_MAX = 30


class _Account(NamedTuple):
    id: str
    name: str
    direction: str
    parent: str | None = None
    currency: str = "CNY"
    overdraft: str = "0"


_CLIENTS = tuple(f"C{number:05}" for number in range(1, 9))
_HK_CLIENT, _HK_BANK = "C00001.HK", "1101"
ACCOUNTS = (
    _Account("1000", "客户资金存放 Client money held", "debit"),
    _Account(BANK, "工商银行存管户 ICBC custody", "debit", "1000"),
    _Account(CLEARING, "中国结算备付金 CSDC reserve", "debit", "1000"),
    _Account(_HK_BANK, "港股通备付金 Stock Connect reserve", "debit", "1000", "HKD"),
    _Account("2000", "客户交易结算资金 Client balances", "credit"),
    *(
        _Account(
            name, f"客户 Client {name}", "credit", "2000", overdraft="50000" if at == 0 else "0"
        )
        for at, name in enumerate(_CLIENTS)
    ),
    _Account(_HK_CLIENT, "客户 Client C00001 HKD", "credit", "2000", "HKD"),
    _Account("2300", "代收代付 Collected for others", "credit"),
    _Account(DUTY, "印花税 Stamp duty", "credit", "2300"),
    _Account("3000", "收入 Income", "credit"),
    _Account(COMMISSION, "佣金收入 Commission", "credit", "3000"),
    _Account(SUSPENSE, "暂记 Suspense", "unrestricted"),
)
_OPENING = 500_000_000


class Turn(NamedTuple):
    """What is asked in one second: tries, and decisions on earlier ones."""

    tries: list[dict[str, Any]]
    decisions: list[tuple[str, str]]


class LedgerClerk:
    """Its numbers begin with `run`: a run that begins anew repeats nothing."""

    def __init__(self, seed: int, run: str) -> None:
        self._random = Random(seed)  # noqa: S311  # a simulation
        self._run = run
        self._count = 0
        self._turn = 0
        # Reservations by id, with the turn in which they are decided.
        self._waiting: dict[str, int] = {}

    @staticmethod
    def accounts() -> list[dict[str, Any]]:
        """Parents before their children; the same again opens nothing."""
        return [each._asdict() for each in ACCOUNTS]

    @staticmethod
    def opening() -> list[dict[str, Any]]:
        """What clients have at first; the same id in every run, so it is booked once."""
        found = [
            _item(f"{MARK}opening.{name}", BANK, name, _OPENING, memo="opening")
            for name in _CLIENTS
        ]
        hong_kong = _item(f"{MARK}opening.hk", _HK_BANK, _HK_CLIENT, _OPENING, memo="opening")
        clearing = _item(
            f"{MARK}opening.clearing", CLEARING, SUSPENSE, 10 * _OPENING, memo="opening"
        )
        return [*found, hong_kong, clearing]

    def turn(self) -> Turn:
        self._turn += 1
        tries = [self._commission() for _ in range(_PAYMENTS_A_TURN)]
        if self._turn % _DEPOSIT_EACH == 0:
            tries.append(self._deposit())
        if self._turn % _REFUSE_EACH == 0:
            tries.append(self._overdrawing())
        if self._turn % _RESERVE_EACH == 0 and len(self._waiting) < _IN_FLIGHT_MAX:
            tries.append(self._reservation())
        decided = [name for name, turn in self._waiting.items() if turn <= self._turn]
        for name in decided:
            del self._waiting[name]
        return Turn(tries, [(name, self._decision()) for name in decided])

    def proposals(self) -> list[tuple[str, dict[str, Any]]]:
        """A voucher and a permit that wait for another accountant, by address."""
        voucher = _item(self._id("voucher"), SUSPENSE, COMMISSION, 12_345, memo="commission refund")
        del voucher["confirm"]
        permit = {"id": self._id("permit"), "account": _CLIENTS[1], "limit": "20000.00"}
        return [
            ("ledger/vouchers", {**voucher, "reason": "Fee of 20 November booked twice"}),
            ("ledger/overdraft-permits", {**permit, "reason": "Settlement of a block trade"}),
        ]

    def _commission(self) -> dict[str, Any]:
        client = self._random.choice(_CLIENTS)
        commission, duty = self._random.randint(500, 30_000), self._random.randint(100, 9_000)
        legs = [
            _leg(client, "debit", commission + duty),
            _leg(COMMISSION, "credit", commission),
            _leg(DUTY, "credit", duty),
        ]
        return {"id": self._id("fee"), "legs": legs, "memo": "commission", "confirm": True}

    def _deposit(self) -> dict[str, Any]:
        client = self._random.choice(_CLIENTS)
        amount = self._random.randint(100_000, 400_000)
        return _item(self._id("deposit"), BANK, client, amount, memo="deposit")

    def _overdrawing(self) -> dict[str, Any]:
        client = self._random.choice(_CLIENTS)
        return _item(self._id("withdrawal"), client, BANK, 10 * _OPENING, memo="withdrawal")

    def _reservation(self) -> dict[str, Any]:
        client = self._random.choice(_CLIENTS)
        amount = self._random.randint(10_000, 5_000_000)
        item = _item(self._id("order"), client, CLEARING, amount, memo="order")
        is_forgotten = self._random.randrange(_FORGET_EACH) == 0
        wait = (
            _FORGET_TURNS
            if is_forgotten
            else self._random.randint(_WAIT_TURNS_MIN, _WAIT_TURNS_MAX)
        )
        self._waiting[item["id"]] = self._turn + wait
        return {**item, "confirm": False}

    def _decision(self) -> str:
        return "cancel" if self._random.randrange(2) else "confirm"

    def _id(self, what: str) -> str:
        self._count += 1
        return f"{MARK}{self._run}.{what}.{self._count}"


def _item(identifier: str, debit: str, credit: str, amount: int, *, memo: str) -> dict[str, Any]:
    legs = [_leg(debit, "debit", amount), _leg(credit, "credit", amount)]
    return {"id": identifier, "legs": legs, "memo": memo, "confirm": True}


def _leg(account: str, side: str, amount: int) -> dict[str, str]:
    """In hundredths: all currencies here have two digits."""
    return {"account": account, "side": side, "amount": f"{amount // 100}.{amount % 100:02}"}
