"""Forget data files: what was put away and refused values first, the row of each much later."""

from datetime import datetime, timedelta

from monitoring.io.drop_folder import DropFolder
from monitoring.models import DataFile, DataReject

DELETED_MAX = 500
# For so long a file is known again, whether or not it is still kept.
ROW_DAYS = 400


def forget_data_files(drop: DropFolder, now: datetime, days: int) -> None:
    old = DataFile.objects.filter(ended_at__lt=now - timedelta(days=days)).order_by("pk")
    for row in old.exclude(kept_as="")[:DELETED_MAX]:
        drop.forget(row.folder, row.kept_as)
        DataReject.objects.filter(file=row).delete()
        DataFile.objects.filter(pk=row.pk, attempt=row.attempt).update(folder="", kept_as="")
    gone = DataFile.objects.filter(ended_at__lt=now - timedelta(days=max(ROW_DAYS, days)))
    DataFile.objects.filter(pk__in=list(gone.values_list("pk", flat=True)[:DELETED_MAX])).delete()
