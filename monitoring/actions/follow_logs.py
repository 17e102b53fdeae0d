"""Follow logs: new lines to the database, in one commit with how far they were read."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F

from monitoring.domain import log_format
from monitoring.domain.log_format import Line
from monitoring.io.log_follower import Place, read_on
from monitoring.models import LogCount, LogFormat, LogLine, LogPosition, LogSource
from monitoring.models.log import is_allowed
from riskgw.rows import insert

FILES_MAX = 200
# Of one file in one run; the rest comes with the next.
BYTES_MAX = 8 << 20
DELETED_MAX = 50_000
MINUTE_NS = 60 * 10**9
DAY_NS = 24 * 3600 * 10**9
NAME_MAX = 120

_LINE = ("at_ns", "host", "source", "level", "text", "latency_ms")
# Our own logs: workers, the supervisor's queue server, and what Celery writes.
OWN_FORMATS = {
    "riskgw": (
        r"\[?(?P<time>[0-9-]{10} [0-9:]{8}[.,]\d{3}):? (?P<level>[A-Z]{4,8})[/ ](?P<text>.*)",
        "iso",
    ),
    "queue": (
        r"\d+:[A-Z] (?P<time>\d\d \w{3} \d{4} [0-9:]{8}\.\d{3}) (?P<level>[.*#-]) (?P<text>.*)",
        "%d %b %Y %H:%M:%S.%f",
    ),
}
OWN_SOURCES = {"queue": "queue.log", "riskgw": "*.log"}
_formats: dict[tuple[str, str, int], log_format.LogFormat] = {}


class Followed(NamedTuple):
    """What one run has stored."""

    files: int
    lines: int


def begin_logs() -> None:
    """The formats and our own logs, where there are no sources at all."""
    if LogSource.objects.exists():
        return
    for name, (pattern, time_format) in OWN_FORMATS.items():
        LogFormat.objects.get_or_create(
            name=name, defaults={"pattern": pattern, "time_format": time_format}
        )
    folder = Path(settings.RISKGW_HOME).resolve() / "logs"
    for name, files in OWN_SOURCES.items():
        LogSource.objects.create(
            name=name, path=str(folder / files), format=LogFormat.objects.get(name=name)
        )


def follow_logs(is_stopping: Callable[[], bool]) -> Followed:
    """All that is new in all files; stops between chunks."""
    lines = 0
    followed: set[Path] = set()
    positions = {(row.source_id, row.path): row for row in LogPosition.objects.all()}
    for source, path in _files():
        if path in followed:
            continue
        followed.add(path)
        row = positions.get((source.pk, str(path)))
        row = row or LogPosition.objects.get_or_create(source=source, path=str(path))[0]
        lines += _follow(source, path, row, is_stopping)
        if len(followed) >= FILES_MAX or is_stopping():
            break
    return Followed(len(followed), lines)


def forget_lines(now_ns: int, days: int) -> None:
    before_ns = now_ns - days * DAY_NS
    old = LogLine.objects.filter(at_ns__lt=before_ns).order_by("at_ns").values("pk")[:DELETED_MAX]
    LogLine.objects.filter(pk__in=old).delete()
    LogCount.objects.filter(minute_ns__lt=before_ns).delete()


def _files() -> Iterator[tuple[LogSource, Path]]:
    """A file that a source names goes before those that a pattern finds."""
    sources = LogSource.objects.filter(is_active=True).select_related("format")
    for source in sorted(sources, key=lambda each: "*" in each.path):
        path = Path(source.path)
        found = sorted(path.parent.glob(path.name)) if is_allowed(path) else []
        yield from ((source, each) for each in found if each.is_file() and not each.is_symlink())


def _follow(
    source: LogSource, path: Path, row: LogPosition, is_stopping: Callable[[], bool]
) -> int:
    place = Place(row.path, int(row.inode), row.offset, row.head, row.head_size)
    form = _form(source.format)
    host = source.host or socket.gethostname()
    name = path.stem if "*" in source.path else source.name
    stored = 0
    for read in read_on(place, BYTES_MAX):
        now_ns = time.time_ns()
        lines = [
            form.parse(raw.decode("utf-8", "replace").replace("\0", "\ufffd"), now_ns)
            for raw in read.lines
            if raw.strip()
        ]
        if not lines and read.place == place:
            continue
        place = read.place
        with transaction.atomic():
            _store(lines, host, name[:NAME_MAX])
            LogPosition.objects.filter(pk=row.pk).update(
                inode=str(place.inode), offset=place.offset, head=place.head,
                head_size=place.head_size,
            )  # fmt: skip
        stored += len(lines)
        if is_stopping():
            break
    return stored


def _store(lines: Sequence[Line], host: str, name: str) -> None:
    insert(
        LogLine,
        _LINE,
        [(each.at_ns, host, name, each.level, each.text, each.latency_ms) for each in lines],
    )
    for (minute_ns, level), found in _by_minute(lines).items():
        latencies = [each for each in found if each is not None]
        count, _ = LogCount.objects.get_or_create(source=name, minute_ns=minute_ns, level=level)
        known = [] if count.latency_max_ms is None else [count.latency_max_ms]
        LogCount.objects.filter(pk=count.pk).update(
            lines=F("lines") + len(found),
            latencies=F("latencies") + len(latencies),
            latency_sum_ms=F("latency_sum_ms") + sum(latencies),
            latency_max_ms=max([*latencies, *known], default=None),
        )


def _by_minute(lines: Iterable[Line]) -> dict[tuple[int, str], list[float | None]]:
    found: dict[tuple[int, str], list[float | None]] = {}
    for each in lines:
        key = (each.at_ns - each.at_ns % MINUTE_NS, each.level)
        found.setdefault(key, []).append(each.latency_ms)
    return found


def _form(row: LogFormat) -> log_format.LogFormat:
    """Compiled once, and its times remembered."""
    key = (row.pattern, row.time_format, row.utc_offset_hours)
    if key not in _formats:
        _formats[key] = log_format.LogFormat(*key)
    return _formats[key]
