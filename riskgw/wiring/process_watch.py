"""What the supervisor tells beside its work: the Overview of processes, the terminal of alerts."""

from collections.abc import Callable
from typing import Any

import msgspec

from riskgw.bus.connection import Client, Unreachable
from riskgw.bus.figures import PROCESSES_KEY
from riskgw.wiring.trading_days import SAID_KEY

_PROCESSES_SECONDS_MAX = 10


class ProcessWatch:
    """Once a second: tells the Overview of the processes, and the terminal of new alerts.

    `client` gives up soon: meanwhile nobody starts the queue server again.
    """

    def __init__(self, client: Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self._alerts = client.pubsub(ignore_subscribe_messages=True)
        self._alerts.subscribe("live.alerts")

    def __call__(self, figures: list[dict[str, Any]]) -> None:
        try:
            text = msgspec.json.encode(figures)
            self._client.set(PROCESSES_KEY, text, ex=_PROCESSES_SECONDS_MAX)
            while message := self._alerts.get_message():
                self._tell(message["data"])
            while said := self._client.rpop(SAID_KEY):
                self._say(said.decode())
        except Unreachable:
            return  # the supervisor sees to the queue server itself

    def _tell(self, message: bytes) -> None:
        change = msgspec.json.decode(message.partition(b" ")[2])
        if change["change"] == "raised":
            self._say(_line(change["alert"]))


def _line(alert: dict[str, Any]) -> str:
    key = " ".join(f"{name}={value}" for name, value in alert["key"].items())
    readings = ", ".join(
        f"{each['indicator']} {each['value']} {each['cmp']} {each['threshold']}"
        for each in alert["values"]
    )
    return f"  {alert['rule']} v{alert['version']} {alert['level']:8} {key}: {readings}"
