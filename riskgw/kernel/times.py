"""Exchange local time (Beijing, UTC+8, no summer time since 1991) and nanoseconds since 1970."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000
BEIJING = timedelta(hours=8)
# 21:00 belongs to the next day: local time is moved on by five hours before its date is taken.
NIGHT_SESSION_SHIFT = timedelta(hours=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_PER_MINUTE = 60_000


@lru_cache(maxsize=4096)
def _minute_ns(stamp: int) -> int | None:
    try:
        local = datetime.strptime(str(stamp), "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int((local - BEIJING - _EPOCH).total_seconds()) * NS_PER_SECOND


def local_timestamp_ns(stamp: int) -> int | None:
    """Nanoseconds of a LocalTimeStamp YYYYMMDDHHMMSSsss; None when it names no instant."""
    minute, milliseconds = divmod(stamp, 100_000)
    start = _minute_ns(minute)
    if start is None or milliseconds >= _MS_PER_MINUTE:
        return None
    return start + milliseconds * NS_PER_MS


def local_timestamp(at_ns: int) -> int:
    """The LocalTimeStamp YYYYMMDDHHMMSSsss of an instant, cut to milliseconds."""
    seconds, rest = divmod(at_ns, NS_PER_SECOND)
    local = _EPOCH + timedelta(seconds=seconds) + BEIJING
    return int(local.strftime("%Y%m%d%H%M%S")) * 1000 + rest // NS_PER_MS


@lru_cache(maxsize=4096)
def _date_of_hour(hours: int) -> int:
    return int((_EPOCH + timedelta(hours=hours) + BEIJING).strftime("%Y%m%d"))


def local_date(at_ns: int) -> int:
    """The calendar date YYYYMMDD of an instant."""
    return _date_of_hour(at_ns // (3600 * NS_PER_SECOND))


def local_datetime(at_ns: int) -> datetime:
    """Exchange local time of an instant, naive, in microseconds."""
    return (_EPOCH + timedelta(microseconds=at_ns // 1000) + BEIJING).replace(tzinfo=None)


def utc_datetime(at_ns: int) -> datetime:
    """Aware UTC time of an instant, in microseconds."""
    return _EPOCH + timedelta(microseconds=at_ns // 1000)


def instant_ns(at: datetime) -> int:
    """Nanoseconds of an aware time."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def day_start_ns(day: date) -> int:
    """Midnight, exchange local time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - BEIJING
    return int((midnight - _EPOCH).total_seconds()) * NS_PER_SECOND


@lru_cache(maxsize=4096)
def _trading_day_of_hour(hours: int) -> date:
    day = (_EPOCH + timedelta(hours=hours) + BEIJING + NIGHT_SESSION_SHIFT).date()
    while day.weekday() >= 5:  # Friday night and the weekend belong to Monday
        day += timedelta(days=1)
    return day


def trading_day(at_ns: int) -> date:
    """The trading day an instant belongs to; public holidays are the calendar's business."""
    return _trading_day_of_hour(at_ns // (3600 * NS_PER_SECOND))
