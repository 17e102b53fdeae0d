"""What lists of messages share: every attempt and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from riskgw.reference.admin.records import NOTHING, time_text


def moment(at: datetime | None) -> str:
    return NOTHING if at is None else time_text(at)


def attempt_lines(log: Sequence[Mapping[str, str]]) -> SafeString | str:
    """One line an attempt."""
    rows = ((time_text(datetime.fromisoformat(each["at"])), each["result"]) for each in log)
    return format_html_join("", "<div>{} {}</div>", rows) or NOTHING


def last_result(log: Sequence[Mapping[str, str]]) -> str:
    return log[-1]["result"] if log else NOTHING
