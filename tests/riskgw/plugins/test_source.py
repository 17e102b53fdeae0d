"""Whose code is run: only what lies where it may, is pinned, and nobody else can change."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from riskgw.plugins.pins import Origin, Pin, own_pins
from riskgw.plugins.registry import Registry
from riskgw.plugins.source import SOURCE_BYTES_MAX, Refused, candidates, read_source
from riskgw.web.handlers import Call
from tests.function_modules import code, pin, put


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


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """A package as pip leaves it: its folder, and beside it what it says of itself."""
    site = tmp_path / "site-packages"
    (package := site / "desk_tools").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("ANSWER = 'from beside it'\n")
    said = site / "desk_tools-2.1.dist-info"
    said.mkdir()
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: desk-tools\nVersion: 2.1\n")
    (said / "entry_points.txt").write_text("[riskgw.modules]\nholiday = desk_tools.holiday\n")
    sys.path.append(str(site))
    yield package
    sys.path.remove(str(site))
    for name in [each for each in sys.modules if each.partition(".")[0] == "desk_tools"]:
        del sys.modules[name]


def test_a_module_of_an_installed_package_is_found_by_its_entry_point_and_runs(
    installed: Path, folder: Path
) -> None:
    text = code("holiday", "from .words import ANSWER; return Answer(ANSWER)")
    sha256 = put(installed, "holiday", text)
    assert [(each.origin, each.path, each.sha256) for each in candidates()] == [
        ("package", "holiday", sha256)
    ]
    assert "desk_tools" not in sys.modules
    wanted = Pin("holiday", Origin.PACKAGE, "holiday", sha256, is_enabled=True)
    modules = Registry()
    modules.follow({"holiday": wanted})
    slot = modules.slots["holiday"]
    assert slot.loaded is not None, slot.error
    (row,) = slot.loaded.manifest.endpoints
    assert row.path == "modules/holiday/show"
    assert modules.answer(row, Call(User(username="ops"), {})).data == "from beside it"


def test_a_package_that_was_changed_or_comes_twice_is_refused(installed: Path) -> None:
    sha256 = put(installed, "holiday", code("holiday"))
    wanted = Pin("holiday", Origin.PACKAGE, "holiday", sha256)
    assert read_source(wanted).package == "desk_tools"
    put(installed, "holiday", code("holiday", version="2.0"))
    assert refused(wanted) == "checksum"
    (installed / "holiday.py").chmod(0o666)
    assert refused(wanted) == "writable"
    other = installed.parent / "other_tools-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other-tools\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text("[riskgw.modules]\nholiday = other_tools.holiday\n")
    assert refused(wanted) == "missing"
