"""Database report: takes data files from a drop folder into the tables they are mapped to."""

import time
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from monitoring.actions.forget_data_files import forget_data_files
from monitoring.actions.take_data_files import Run, drop_folder, take_data_files
from monitoring.api.data_files import (
    DropDataFile,
    ExportDataRejects,
    ListDataFiles,
    ListDataRejects,
    ShowDataFile,
    ShowDataFolder,
    TakeAgain,
    data_told,
)
from monitoring.data_queries import market_ns
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Job, Manifest, Topic, Work
from riskgw.web.handlers import Endpoint

_SEE = "monitoring.view_datafile"
_TOPIC = "data_files"


class Settings(serializers.Serializer[Any]):
    """How long files are kept once they are done with."""

    days = serializers.IntegerField(default=31, min_value=1, max_value=400)


def take(work: Work) -> None:
    def tell() -> None:
        work.publish(_TOPIC, data_told())

    run = Run(time.time_ns(), market_ns, tell, work.is_stopping)
    take_data_files(drop_folder(), run)
    tell()


def forget(work: Work) -> None:
    forget_data_files(drop_folder(), timezone.now(), work.settings["days"])


MANIFEST = Manifest(
    name="database_report",
    version="1.0",
    title="Database report",
    settings=Settings,
    endpoints=(
        Endpoint("GET", "data-files", ListDataFiles, _SEE),
        Endpoint("POST", "data-files", DropDataFile, "monitoring.add_datafile"),
        Endpoint("GET", "data-files/folder", ShowDataFolder, _SEE),
        Endpoint("GET", "data-files/<int:id>", ShowDataFile, _SEE),
        Endpoint("POST", "data-files/<int:id>/again", TakeAgain, "monitoring.change_datafile"),
        Endpoint("GET", "data-files/<int:id>/rejects", ListDataRejects, _SEE),
        Endpoint("GET", "data-files/<int:id>/rejects/export", ExportDataRejects, _SEE),
    ),
    topics=(Topic(_TOPIC, TopicKind.STATE, _SEE),),
    jobs=(Job("take_data_files", 2, take, 300), Job("forget_data_files", 60, forget, 60)),
)
