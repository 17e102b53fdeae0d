"""What counters say of their accounts' money; the newest word counts."""

from riskgw.kernel.decimals import PERCENT_DIGITS
from riskgw.messages.holdings import Funds

ACCOUNTS_MAX = 1_000_000
_PERCENT: int = 100 * 10**PERCENT_DIGITS


class FundsBook:
    """Funds by account; a counter that names no exchange speaks for all of them."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Funds] = {}

    def tell(self, funds: Funds) -> None:
        key = funds.exchange, funds.account
        if key in self._told or len(self._told) < ACCOUNTS_MAX:
            self._told[key] = funds

    def of(self, exchange: str, account: str) -> Funds | None:
        return self._told.get((exchange, account)) or self._told.get(("", account))


def risk_percent(funds: Funds) -> int | None:
    """Margin in percent of equity; without equity there is no such number."""
    if funds.margin is None or not funds.equity or funds.equity < 0:
        return None
    return funds.margin * _PERCENT // funds.equity
