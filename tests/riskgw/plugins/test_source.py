"""Whose code is run: only what lies where it may, is pinned, and nobody else can change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from riskgw.plugins.pins import Origin, Pin, own_pins
from riskgw.plugins.source import SOURCE_BYTES_MAX, Refused, candidates, read_source
from tests.function_modules import pin, put


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before, settings.RISKGW_MODULES = settings.RISKGW_MODULES, tmp_path / "modules"
    yield settings.RISKGW_MODULES
    settings.RISKGW_MODULES = before


def refused(wanted: Pin) -> str:
    with pytest.raises(Refused) as refusal:
        read_source(wanted)
    return refusal.value.code


def test_the_pinned_file_is_read(folder: Path) -> None:
    source = read_source(pin("holiday", put(folder, "holiday", "MANIFEST = 1")))
    assert source.content == b"MANIFEST = 1"


def test_another_checksum_or_none_is_refused(folder: Path) -> None:
    put(folder, "holiday", "MANIFEST = 1")
    assert refused(pin("holiday", "0" * 64)) == "checksum"
    assert refused(pin("holiday", "")) == "checksum"


def test_a_folder_or_file_that_others_may_write_is_refused(folder: Path) -> None:
    wanted = pin("holiday", put(folder, "holiday", ""))
    for path, mode in ((folder / "holiday.py", 0o664), (folder, 0o777)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert refused(wanted) == "writable"
        path.chmod(before)
    assert read_source(wanted)


@pytest.mark.parametrize("name", ["../holiday.py", "/etc/passwd", "holiday", "a/b.py", "", ".py"])
def test_a_path_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    put(folder, "holiday", "")
    assert refused(Pin("holiday", Origin.FOLDER, name, "0" * 64)) == "path"


def test_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    sha256 = put(folder, "real", "")
    (folder / "holiday.py").symlink_to(folder / "real.py")
    assert refused(pin("holiday", sha256)) == "path"


def test_what_is_not_there_or_too_large_is_refused(folder: Path) -> None:
    assert refused(pin("holiday", "0" * 64)) == "missing"
    assert refused(Pin("holiday", Origin.PACKAGE, "holiday", "0" * 64)) == "missing"
    assert refused(pin("big", put(folder, "big", " " * (SOURCE_BYTES_MAX + 1)))) == "too_large"


def test_the_products_own_need_no_checksum_but_keep_to_one() -> None:
    own = own_pins()["service"]
    assert b"MANIFEST" in read_source(own).content
    assert refused(Pin(own.name, own.origin, own.path, "0" * 64)) == "checksum"


def test_what_could_be_pinned_is_told_without_being_run(folder: Path) -> None:
    sha256 = put(folder, "holiday", "raise SystemExit")
    assert [(each.path, each.sha256) for each in candidates()] == [("holiday.py", sha256)]
