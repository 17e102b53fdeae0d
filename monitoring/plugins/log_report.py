"""Log report: follows log files, stores their lines, counts them, finds them again."""

import time
from typing import Any

from rest_framework import serializers

from monitoring.actions.follow_logs import begin_logs, follow_logs, forget_lines
from monitoring.api.logs import ExportLogLines, ListLogLines, ShowLogTotals
from monitoring.log_queries import logs_told
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Job, Manifest, Topic, Work
from riskgw.web.handlers import Endpoint

_SEE = "monitoring.view_logline"


class Settings(serializers.Serializer[Any]):
    """How long lines are kept."""

    days = serializers.IntegerField(default=14, min_value=1, max_value=400)


def follow(work: Work) -> None:
    begin_logs()
    follow_logs(work.is_stopping)
    work.publish("logs", logs_told(time.time_ns()))


def forget(work: Work) -> None:
    forget_lines(time.time_ns(), work.settings["days"])


MANIFEST = Manifest(
    name="log_report",
    version="1.0",
    title="Log report",
    settings=Settings,
    endpoints=(
        Endpoint("GET", "logs", ListLogLines, _SEE),
        Endpoint("GET", "logs/totals", ShowLogTotals, _SEE),
        Endpoint("GET", "logs/export", ExportLogLines, _SEE),
    ),
    topics=(Topic("logs", TopicKind.STATE, _SEE),),
    jobs=(Job("follow_logs", 2, follow, 30), Job("forget_lines", 60, forget, 60)),
)
