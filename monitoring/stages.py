"""The evaluate stage of a shard, as the bus drives it."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from monitoring.domain.live_alert import alert_number, raised
from monitoring.domain.restrictions import restriction_messages
from monitoring.domain.shard import RiskShard
from monitoring.domain.snapshots import SHARD
from riskgw.bus.streams import Step
from riskgw.kernel.times import trading_day
from riskgw.messages.restriction import Restriction
from riskgw.shards.entries import (
    ANSWERS,
    RESTRICTED,
    Asked,
    Judged,
    Restricted,
    Results,
    packed,
    unpacked,
)


class EvaluateStage:
    """Shard `number`: sequenced events of all feeds against the live rules."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"evaluate.{number}"
        self.stream = f"orders.{number}"

    def fresh(self) -> "EvaluateWork":
        return EvaluateWork(self.number, RiskShard())

    def restored(self, state: bytes) -> "EvaluateWork":
        return EvaluateWork(self.number, SHARD.load(state))


class EvaluateWork:
    """Entries of `orders.<s>` in; entries of `results.<s>` and live alerts out."""

    def __init__(self, number: int, shard: RiskShard) -> None:
        self.number = number
        self.shard = shard

    def take(self, blob: bytes) -> Step:
        entry = unpacked(blob)
        if isinstance(entry, Asked):
            return Step([(ANSWERS, packed(self.shard.answered(entry)))])
        judged = self.shard.take(entry)
        if not judged:
            return Step()
        born, over = self._restricted(judged)
        blobs = [(f"results.{self.number}", packed(Results(str(self.number), judged, [], over)))]
        if born:
            blobs.append((RESTRICTED, packed(Restricted(born))))
        return Step(blobs, [*self._live(judged), *restriction_messages(born, over)])

    def retake(self, blob: bytes) -> None:
        entry = unpacked(blob)
        if not isinstance(entry, Asked):
            self._restricted(self.shard.take(entry))

    @property
    def day(self) -> date | None:
        return self.shard.core.day

    def _restricted(self, judged: list[Judged]) -> tuple[list[Restriction], list[Restriction]]:
        """What the alerts restrict, and what a new trading day has ended."""
        born: list[Restriction] = []
        over: list[Restriction] = []
        for each in judged:
            if not each.is_late:
                over += self.shard.restrictions.roll(trading_day(each.event.time_ns))
            for place, alert in enumerate(each.alerts):
                number = alert_number(alert, self.number, each.series, place)
                made = self.shard.restrictions.heed(alert, number)
                if made is not None:
                    born.append(replace(made, counters=self.shard.servers.of(made.scope)))
        return born, over

    def dump(self) -> bytes:
        return SHARD.dump(self.shard)

    def figures(self) -> dict[str, Any]:
        """Counts since the first start."""
        return {
            "events": self.shard.core.series,
            "alerts": self.shard.alerts,
            "late": self.shard.sequencer.late,
            "rules": {rule.code: rule.version for rule in self.shard.rules},
        }

    def _live(self, judged: list[Judged]) -> list[tuple[str, Any]]:
        specs = {rule.code: rule for rule in self.shard.rules}
        return [
            (
                "alerts",
                raised(
                    alert, alert_number(alert, self.number, each.series, place), specs[alert.rule]
                ),
            )
            for each in judged
            for place, alert in enumerate(each.alerts)
            # What a rule on trial raises is stored and told to nobody.
            if not alert.shadow
        ]
