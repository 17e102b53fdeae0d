"""When a figure of a host is an alert: by the most specific threshold there is for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from monitoring.domain.host_metrics import METRICS, Metric
from monitoring.domain.host_sample import Place
from monitoring.domain.ladder import Judged, Ladder, Standing, climbed

NS_PER_MS = 10**6


@dataclass(frozen=True)
class Limits:
    """One threshold row; without host or subject it is for all of them."""

    id: int
    metric: str
    host: str = ""
    subject: str = ""
    warn: Decimal | None = None
    limit: Decimal | None = None
    clear: Decimal | None = None
    for_ns: int = 0

    @cached_property
    def ladder(self) -> Ladder:
        cmp = METRICS[Metric(self.metric)].cmp
        return Ladder(cmp, (self.warn, self.limit), self.clear, self.for_ns)


@dataclass
class LimitBook:
    """Thresholds by what they are for; the more specific wins, a host before a subject."""

    rows: dict[tuple[str, str, str], Limits] = field(default_factory=dict)

    @classmethod
    def of(cls, limits: Iterable[Limits]) -> "LimitBook":
        return cls({(each.metric, each.host, each.subject): each for each in limits})

    def limits(self, host: str, place: Place) -> Limits | None:
        for scope in ((host, place.subject), (host, ""), ("", place.subject), ("", "")):
            found = self.rows.get((place.metric, *scope))
            if found is not None:
                return found
        return None

    def subjects(self, host: str, metrics: Sequence[Metric]) -> list[str]:
        """What rows name: the processes that the agent of a host is to watch."""
        found = {
            subject
            for metric, of_host, subject in self.rows
            if metric in metrics and subject and of_host in ("", host)
        }
        return sorted(found)


def judged(limits: Limits, standing: Standing, value: float, at_ns: int) -> Judged:
    """One more sample; an older one than was judged before says nothing."""
    if at_ns <= standing.at_ns:
        return Judged(standing)
    # As it is written: 80.1 has reached a threshold of 80.1.
    figure = Decimal(str(value))
    is_magnitude = METRICS[Metric(limits.metric)].is_magnitude
    return climbed(limits.ladder, standing, abs(figure) if is_magnitude else figure, at_ns)


def silent_ms(heard_ns: int, now_ns: int) -> int:
    return max(0, now_ns - heard_ns) // NS_PER_MS


def state_of(heights: Iterable[int]) -> str:
    """Of a host, by the highest that any of its figures stands at."""
    return ("ok", "warn", "limit")[max(heights, default=0)]


def worst(values: Mapping[str, float | None], metric: Metric) -> float | None:
    """The highest of a metric's values, whatever they are of."""
    found = [
        value
        for name, value in values.items()
        if value is not None and name.partition(" ")[0] == metric
    ]
    return max(found, default=None)
