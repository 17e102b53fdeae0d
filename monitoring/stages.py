"""The evaluate stage of a shard, as the bus drives it."""

from typing import Any

from monitoring.domain.live_alert import alert_number, raised
from monitoring.domain.shard import RiskShard
from monitoring.domain.snapshots import SHARD
from riskgw.bus.streams import Step
from riskgw.shards.entries import Heard, Judged, Load, Opening, Results, packed, unpacked


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
        if isinstance(entry, Load):
            self.shard.load(entry)
            return Step()
        if isinstance(entry, Opening):
            self.shard.open(entry)
            return Step()
        assert isinstance(entry, Heard)
        judged = self.shard.hear(entry)
        if not judged:
            return Step()
        results = Results(str(self.number), judged, [])
        return Step([(f"results.{self.number}", packed(results))], self._live(judged))

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
        ]
