"""Tell everybody's screens how a back-test stands."""

from monitoring.backtest_queries import backtest_line
from monitoring.models import Backtest
from riskgw.bus.announce import announce_on_commit

TOPIC = "backtests"


def tell_backtest(row: Backtest, change: str) -> None:
    """After the commit."""
    announce_on_commit(TOPIC, {"change": change, "backtest": backtest_line(row)})
