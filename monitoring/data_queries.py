"""Reads: data files, their refused values, the mappings that take them."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from monitoring.models import DataFile, DataMapping, DataReject, RawRecord

# Of one live message; the page fetches the rest.
TOLD_MAX = 50
MAPPINGS_MAX = 200


def files_found(values: Mapping[str, Any]) -> QuerySet[DataFile]:
    """Those that fit all filters."""
    names = {"state": "state", "mapping": "mapping_name", "name": "name__icontains"}
    wanted = {names[name]: value for name, value in values.items() if name in names}
    return DataFile.objects.filter(**wanted)


def newest_files() -> list[DataFile]:
    return list(DataFile.objects.order_by("-pk")[:TOLD_MAX])


def rejects_of(number: int) -> QuerySet[DataReject]:
    return DataReject.objects.filter(file=number)


def mappings_listed() -> list[DataMapping]:
    found = DataMapping.objects.order_by("name").prefetch_related("columns")
    return list(found[:MAPPINGS_MAX])


def market_ns() -> int:
    """Now; on simulated days what counters were last heard of at."""
    newest = RawRecord.objects.order_by("-pk").values_list("time_ns", flat=True).first()
    return time.time_ns() if settings.IS_PRODUCTION or newest is None else newest
