"""Data files: listed, brought in by a browser, taken in again; their refused values; mappings."""

import base64
import time
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.actions.drop_data_file import UPLOAD_BYTES_MAX, NameTaken, drop_data_file
from monitoring.actions.take_again import (
    FileBusy,
    FileDone,
    FileForgotten,
    FileUnknown,
    take_again,
)
from monitoring.actions.take_data_files import drop_folder
from monitoring.data_queries import files_found, mappings_listed, newest_files, rejects_of
from monitoring.data_words import said_of_file
from monitoring.domain.data_mapping import FileFaulty
from monitoring.io.data_table import FILE_BYTES_MAX, ROWS_MAX
from monitoring.models import DataFile, DataMapping, DataReject, DataTarget
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, PageResult, page
from riskgw.web.problems import FieldError, Problem, not_found

_NAME_MAX = 200


class BothResult(serializers.Serializer[Any]):
    """A text in both languages."""

    en = serializers.CharField()
    zh = serializers.CharField()


@extend_schema_field(BothResult)
class _Reason(serializers.Field[Any, Any, Any, Any]):
    def get_attribute(self, instance: DataFile) -> DataFile:
        return instance

    def to_representation(self, value: DataFile) -> dict[str, str]:
        return {"en": value.reason_en, "zh": value.reason_zh}


@extend_schema_field(BothResult)
class _RejectText(_Reason):
    def to_representation(self, value: Any) -> dict[str, str]:
        return {"en": value.text_en, "zh": value.text_zh}


@extend_schema_field(OpenApiTypes.INT64)
class _Ns(serializers.Field[Any, Any, Any, Any]):
    """Nanoseconds since 1970, or nothing."""

    def to_representation(self, value: Any) -> int:
        return int(value.timestamp() * 1_000) * 1_000_000


class DataFileResult(serializers.Serializer[Any]):
    """A file and what has become of it; `rows_total` is null before all were read."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    mapping = serializers.CharField(source="mapping_name")
    state = serializers.ChoiceField(DataFile.State.choices)
    found_ns = _Ns(source="found_at")
    begun_ns = _Ns(source="begun_at", allow_null=True)
    ended_ns = _Ns(source="ended_at", allow_null=True)
    rows_total = serializers.IntegerField(allow_null=True)
    rows_checked = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejects_total = serializers.IntegerField()
    code = serializers.CharField()
    reason = _Reason(read_only=True)
    is_kept = serializers.SerializerMethodField()
    asked_by = serializers.CharField()

    def get_is_kept(self, row: DataFile) -> bool:
        return bool(row.kept_as)


class DataFilePage(PageResult):
    """Files, newest first."""

    results = DataFileResult(many=True)


class DataFileArguments(ListArguments):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField(DataFile.State.choices, required=False)
    mapping = serializers.CharField(required=False, max_length=40)
    name = serializers.CharField(required=False, max_length=100, help_text="part of the name")


class ListDataFiles(Handler):
    """Data files, newest first."""

    arguments = DataFileArguments
    result = DataFilePage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(files_found(self.values), ("-pk",), cursor))


class OneFile(serializers.Serializer[Any]):
    """Which file."""

    id = serializers.IntegerField()


class ShowDataFile(Handler):
    """One file and what has become of it."""

    arguments = OneFile
    result = DataFileResult

    def answer(self) -> Answer:
        return self.rendered(_known(self.values["id"]))


class DataRejectResult(serializers.Serializer[Any]):
    """A refused value; rows as an editor or a spreadsheet counts them."""

    id = serializers.IntegerField()
    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    value = serializers.CharField()
    reason = _RejectText(read_only=True)


class DataRejectPage(PageResult):
    """Refused values in the order of the file."""

    results = DataRejectResult(many=True)


class RejectArguments(OneFile, ListArguments):
    """Of which file, and from where in the list."""


class ListDataRejects(Handler):
    """The first thousand refused values of a file."""

    arguments = RejectArguments
    result = DataRejectPage

    def answer(self) -> Answer:
        number = _known(self.values["id"]).pk
        return self.rendered(page(rejects_of(number), ("pk",), self.values.get("cursor")))


class RejectExportArguments(ExportArguments, OneFile):
    """Of which file, and the kind of file."""


class ExportDataRejects(Export):
    """Refused values of a file as a file, with the reason in both languages."""

    arguments = RejectExportArguments
    name = "rejects"
    columns = tuple(
        Column(title, attrgetter(name))
        for title, name in (
            ("row", "row"), ("column", "column"), ("value", "value"), ("code", "code"),
            ("reason", "text_en"), ("原因", "text_zh"),
        )
    )  # fmt: skip

    def rows(self) -> QuerySet[DataReject]:
        return rejects_of(_known(self.values["id"]).pk).order_by("pk")


class DataColumnResult(serializers.Serializer[Any]):
    """Where a field comes from."""

    field = serializers.CharField()
    column = serializers.CharField()
    constant = serializers.CharField()


class DataMappingResult(serializers.Serializer[Any]):
    """Which files go into which table."""

    name = serializers.CharField()
    is_active = serializers.BooleanField()
    target = serializers.ChoiceField(DataTarget.choices)
    pattern = serializers.CharField()
    format = serializers.ChoiceField(DataMapping.Format.choices)
    mode = serializers.ChoiceField(DataMapping.Mode.choices)
    note = serializers.CharField()
    columns = DataColumnResult(many=True)


class DataFolderResult(serializers.Serializer[Any]):
    """Where files are dropped, what is taken there, and how much of it at most."""

    folder = serializers.CharField()
    bytes_max = serializers.IntegerField()
    rows_max = serializers.IntegerField()
    upload_bytes_max = serializers.IntegerField()
    mappings = DataMappingResult(many=True)


class ShowDataFolder(Handler):
    """The drop folder and the mappings that take what lies there."""

    result = DataFolderResult

    def answer(self) -> Answer:
        return self.rendered(
            {
                "folder": str(drop_folder().folder),
                "bytes_max": FILE_BYTES_MAX,
                "rows_max": ROWS_MAX,
                "upload_bytes_max": UPLOAD_BYTES_MAX,
                "mappings": [_listed(each) for each in mappings_listed()],
            }
        )


class TakeAgain(Handler):
    """Take a file in again that was refused, or whose mapping has been mended since."""

    arguments = OneFile
    result = DataFileResult

    def answer(self) -> Answer:
        try:
            return self.rendered(take_again(self.values["id"], self.user))
        except FileUnknown:
            raise _no_file() from None
        except FileBusy:
            raise _conflict("file_busy", "It is being taken in already.") from None
        except FileDone:
            raise _conflict(
                "file_done", "It is taken in already, and its mapping is as it was."
            ) from None
        except FileForgotten:
            raise _conflict("file_forgotten", "The file itself is no longer kept.") from None


class DropArguments(serializers.Serializer[Any]):
    """A file by its name and its bytes in base64."""

    name = serializers.CharField(max_length=_NAME_MAX, trim_whitespace=False)
    content = serializers.CharField(max_length=UPLOAD_BYTES_MAX * 4 // 3 + 8)


class DropResult(serializers.Serializer[Any]):
    """The name it lies there under."""

    name = serializers.CharField()


class DropDataFile(Handler):
    """Put a file into the drop folder, at most 1.5 megabytes; it is data and never run."""

    arguments = DropArguments
    result = DropResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        name = self.values["name"]
        try:
            drop_data_file(drop_folder(), name, _bytes(self.values["content"]))
        except FileFaulty as fault:
            raise _refused("name", fault.code, said_of_file(fault).en) from None
        except NameTaken:
            raise _conflict("name_taken", "A file of this name waits there already.") from None
        return self.rendered({"name": name})


def data_told() -> dict[str, Any]:
    """The newest files, for the topic."""
    files = DataFileResult(newest_files(), many=True).data
    return {"as_of_ns": time.time_ns(), "waiting": drop_folder().waiting, "files": files}


def _listed(row: DataMapping) -> dict[str, Any]:
    names = ("name", "is_active", "target", "pattern", "format", "mode", "note")
    return {name: getattr(row, name) for name in names} | {"columns": list(row.columns.all())}


def _known(number: int) -> DataFile:
    row = DataFile.objects.filter(pk=number).first()
    if row is None:
        raise _no_file()
    return row


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _refused("content", "invalid", "Not base64.") from None


def _no_file() -> Problem:
    return not_found("There is no such file.")


def _refused(name: str, code: str, detail: str) -> Problem:
    errors = [FieldError(name, code, detail)]
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", detail, errors)


def _conflict(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, code, detail)
