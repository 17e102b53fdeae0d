"""What is brought in as a file is read, never run: each way in, files that would leave a mark."""

import base64
import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook
from rest_framework import serializers

from monitoring.actions.take_data_files import Run, drop_folder, take_data_files
from monitoring.models import DataColumn, DataFile, DataMapping
from riskgw.plugins.source import Refused, candidates, read_source
from riskgw.reference.admin.base_data import ImportedAdmin
from riskgw.urls import ENDPOINTS
from tests import function_modules
from tests.pages import ADMIN, signed_in

pytestmark = pytest.mark.django_db
MODULE = "sneaked_in"
IMPORTED = [
    model for model, page in admin.site._registry.items() if isinstance(page, ImportedAdmin)
]


class _Mark:
    """Unpickled, it is a call of the system."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self._marker}",)


def source(marker: Path) -> bytes:
    """A function module as it should be, that leaves its mark when it is imported."""
    text = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\n"
    return (text + function_modules.code(MODULE)).encode()


def pickled(marker: Path) -> bytes:
    return pickle.dumps(_Mark(marker))


def formulas(marker: Path) -> bytes:
    command = f"touch {marker}"
    cells = (f"=cmd|'/C {command}'!A0", f"@SUM(1)|{command}", f"{{{{ os.system('{command}') }}}}")
    return ("code,name\n" + "".join(f'C{n},"{each}"\n' for n, each in enumerate(cells))).encode()


def workbook(marker: Path) -> bytes:
    """With formulas, with a macro's part, and with a module among its parts."""
    book, found = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "name"])
    sheet.append(["C1", f'=CALL("libc","system","touch {marker}")'])
    sheet.append(["C2", f'=WEBSERVICE("file://{marker}")'])
    book.save(found)
    with zipfile.ZipFile(found, "a") as archive:
        archive.writestr("xl/vbaProject.bin", f'Sub Auto_Open()\nShell "touch {marker}"\nEnd Sub')
        archive.writestr("__main__.py", source(marker))
        archive.writestr(f"{MODULE}.py", source(marker))
    return found.getvalue()


def objects(marker: Path) -> bytes:
    """As libraries write objects that are to be built again."""
    call = {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": [f"touch {marker}"]}]}
    rows = [{"code": "C1", "name": call}, {"code": f"__import__('os').system('touch {marker}')"}]
    return json.dumps(rows).encode()


FILES: Mapping[str, Callable[[Path], bytes]] = {
    "source": source, "pickled": pickled, "formulas": formulas, "workbook": workbook,
    "objects": objects,
}  # fmt: skip
KINDS = ("csv", "xlsx", "json")
# Their places among the formats of the page.
CSV, XLSX = "0", "1"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.RISKGW_REPORTS = tmp_path / "reports"
    settings.RISKGW_MODULES = tmp_path / "modules"
    settings.RISKGW_MODULES.mkdir(mode=0o755)
    drop_folder().prepare()
    for kind in KINDS:
        made = DataMapping.objects.create(
            name=kind, target="customers", pattern=f"*.{kind}", format=kind
        )
        for field in ("code", "name"):
            DataColumn.objects.create(mapping=made, field=field, column=field)
    return Path(tmp_path / "reports" / "in")


@pytest.fixture(autouse=True)
def nothing_has_run(marker: Path) -> Any:
    """Whatever way a file came: no mark, nothing imported of it, nothing that could be pinned."""
    yield
    assert not marker.exists()
    assert MODULE not in sys.modules
    assert candidates() == []


def take() -> None:
    """The job of the drop folder, twice: a file is taken once it has stopped growing."""
    for second in (0, 3):
        run = Run(second * 10**9, lambda: 0, lambda: None, lambda: False)
        take_data_files(drop_folder(), run)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_the_files_would_leave_their_mark_if_they_were_run(tmp_path: Path) -> None:
    marks = [tmp_path / name for name in ("imported", "unpickled", "archived")]
    archive = tmp_path / "book.xlsx"
    archive.write_bytes(workbook(marks[2]))
    subprocess.run([sys.executable, "-c", source(marks[0])], check=False, capture_output=True)
    pickle.loads(pickled(marks[1]))
    subprocess.run([sys.executable, archive], check=False, capture_output=True)
    assert [each.exists() for each in marks] == [True, True, True]


@pytest.mark.parametrize("made", FILES)
def test_a_file_in_the_drop_folder(made: str, marker: Path, folder: Path) -> None:
    for kind in KINDS:
        (folder / f"x.{kind}").write_bytes(FILES[made](marker))
    take()
    assert DataFile.objects.filter(state__in=("done", "refused")).count() == len(KINDS)


def test_a_module_in_the_drop_folder(marker: Path, folder: Path) -> None:
    for name in (f"{MODULE}.py", "__init__.py", "sitecustomize.py", f"{MODULE}.pth", "x.pkl"):
        (folder / name).write_bytes(source(marker))
    take()
    assert not DataFile.objects.filter(state="done").exists()


@pytest.mark.parametrize("made", FILES)
def test_a_file_that_a_browser_brings_and_has_taken_again(made: str, marker: Path) -> None:
    ops = signed_in("ops")
    for kind in KINDS:
        body = {"name": f"x.{kind}", "content": encoded(FILES[made](marker))}
        answer = ops.post("/api/v1/data-files", body, "application/json")
        assert answer.status_code == HTTPStatus.CREATED
    take()
    for row in DataFile.objects.all():
        again = ops.post(f"/api/v1/data-files/{row.pk}/again", {}, "application/json")
        assert (again.status_code == HTTPStatus.OK) == (row.state == "refused")
    take()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("made", FILES)
def test_a_parameter_pack(made: str, kind: str, marker: Path) -> None:
    content = FILES[made](marker)
    body = {
        "name": "x", "effective_from": "2026-12-01", "file_name": f"x.{kind}",
        "content": encoded(content),
    }  # fmt: skip
    risk = signed_in("risk")
    answer = risk.post("/api/v1/parameter-packs", body, "application/json")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    form = {
        "name": "x", "effective_from": "2026-12-01",
        "file": SimpleUploadedFile(f"x.{kind}", content),
    }  # fmt: skip
    page = risk.post(reverse("admin:monitoring_parameterpack_add"), form)
    assert "file" in page.context["adminform"].form.errors


@pytest.mark.parametrize("model", IMPORTED, ids=lambda model: model.__name__)
def test_reference_data(model: type[models.Model], marker: Path) -> None:
    """As CSV and as XLSX; where the file is shown as good it is imported, too."""
    client, names = signed_in(ADMIN), model._meta
    address = f"admin:{names.app_label}_{names.model_name}"
    for made, place in product(FILES.values(), (CSV, XLSX)):
        file = SimpleUploadedFile("x.csv", made(marker))
        form = {"import_file": file, "format": place, "resource": ""}
        page = client.post(reverse(f"{address}_import"), form)
        assert page.status_code == HTTPStatus.OK
        confirm = page.context.get("confirm_form")
        if confirm is not None:
            client.post(reverse(f"{address}_process_import"), confirm.initial)


def test_what_was_brought_in_cannot_be_loaded_as_a_module(marker: Path, folder: Path) -> None:
    (folder / f"{MODULE}.py").write_bytes(source(marker))
    checksum = hashlib.sha256(source(marker)).hexdigest()
    client: Client = signed_in(ADMIN)
    for name in (MODULE, f"{MODULE}.py"):
        answer = client.post(f"/api/v1/modules/{name}/load", {}, "application/json")
        assert answer.status_code == HTTPStatus.NOT_FOUND
    for path in (f"../reports/in/{MODULE}.py", str(folder / f"{MODULE}.py"), f"{MODULE}.py"):
        with pytest.raises(Refused):
            read_source(replace(function_modules.pin(MODULE, checksum), path=path))


def test_there_is_no_other_way_in() -> None:
    """Another handler or page that takes files is to be tried above."""
    told = {"content", "file", "data", "upload"}
    handlers = {
        f"{each.method} {each.path}"
        for each in ENDPOINTS
        if issubclass(arguments := each.handler.arguments, serializers.Serializer)
        and told & arguments().fields.keys()
    }
    assert handlers == {"POST data-files", "POST parameter-packs"}
    pages = {
        model.__name__
        for model, page in admin.site._registry.items()
        if any(isinstance(each, forms.FileField) for each in page.form.base_fields.values())
    }
    assert pages == {"ParameterPack"}
    files = [
        field
        for model in admin.site._registry
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField)
    ]
    assert files == []
