"""What an agent tells of its host: named numbers at one time, some of a disk or a process."""

from typing import NamedTuple

import msgspec

SAMPLES_MAX, VALUES_MAX, HEAVIEST_MAX = 240, 300, 10
NAME_MAX, TEXT_MAX = 150, 80


class Heavy(msgspec.Struct, frozen=True):
    """A process that takes much of its host; 100 % is one core."""

    pid: int
    name: str
    user: str
    cpu_percent: float
    memory_bytes: int


class Sample(msgspec.Struct, frozen=True):
    """`values` by metric, or by metric and subject: "cpu_percent", "disk_percent /var".

    What could not be measured is null.
    """

    at_ns: int
    values: dict[str, float | None]
    heaviest: tuple[Heavy, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """Samples of one host, oldest first, and what it is."""

    host: str
    samples: tuple[Sample, ...]
    facts: dict[str, int | str] = {}


class Faulty(ValueError):
    """A report that is too long, or no report; says where."""


class Place(NamedTuple):
    """A metric, and of which disk or process; of the whole host without a subject."""

    metric: str
    subject: str

    @property
    def name(self) -> str:
        return f"{self.metric} {self.subject}" if self.subject else self.metric


def place_of(name: str) -> Place:
    metric, _, subject = name.partition(" ")
    return Place(metric, subject)


def checked(report: Report) -> Report:
    """The report, if it keeps the limits."""
    if len(report.samples) > SAMPLES_MAX:
        raise Faulty(f"samples: at most {SAMPLES_MAX}")
    for place, sample in enumerate(report.samples):
        if len(sample.values) > VALUES_MAX:
            raise Faulty(f"samples.{place}.values: at most {VALUES_MAX}")
        if len(sample.heaviest) > HEAVIEST_MAX:
            raise Faulty(f"samples.{place}.heaviest: at most {HEAVIEST_MAX}")
        if any(not name or len(name) > NAME_MAX for name in sample.values):
            raise Faulty(f"samples.{place}.values: names of 1 to {NAME_MAX} characters")
        if not 0 < sample.at_ns < 1 << 63:
            raise Faulty(f"samples.{place}.at_ns: nanoseconds since 1970")
    return report
