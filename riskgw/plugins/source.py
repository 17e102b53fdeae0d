"""The code of a function module: found where the pin says, read once, and checked.

What was checked is what is run: the bytes are not read a second time.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from riskgw.plugins.pins import Origin, Pin

SOURCE_BYTES_MAX = 1 << 20
CANDIDATES_MAX = 100
# What installed packages name their modules under.
ENTRY_POINTS = "riskgw.modules"
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,80}\.py")
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Refused(Exception):
    """A module that is not taken up. `code` is for programs, the text for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Source:
    """A module's code, with the package that its own relative imports start from."""

    path: Path
    package: str
    content: bytes
    sha256: str


@dataclass(frozen=True)
class Candidate:
    """Code that is there and could be pinned."""

    origin: str
    path: str
    sha256: str


def read_source(pin: Pin) -> Source:
    """The code if it is the pinned one; Refused says why not."""
    path, package = _PLACES[pin.origin](pin.path)
    content = _content(path)
    found = hashlib.sha256(content).hexdigest()
    if pin.sha256 and found != pin.sha256:
        raise Refused("checksum", f"the code's SHA-256 is {found}, pinned is {pin.sha256}")
    if not pin.sha256 and not pin.is_own:
        raise Refused("checksum", "no checksum is pinned")
    return Source(path, package, content, found)


def candidates() -> list[Candidate]:
    """What lies in the folder and what installed packages name; nothing of it is run."""
    found = [*_in_folder(), *_in_packages()]
    return sorted(found, key=lambda each: (each.origin, each.path))[:CANDIDATES_MAX]


def _in_folder() -> Iterator[Candidate]:
    folder: Path = settings.RISKGW_MODULES
    names = sorted(path.name for path in folder.glob("*.py")) if folder.is_dir() else []
    for name in names:
        yield from _candidate(Pin("", Origin.FOLDER, name))


def _in_packages() -> Iterator[Candidate]:
    for each in entry_points(group=ENTRY_POINTS):
        yield from _candidate(Pin("", Origin.PACKAGE, each.name))


def _candidate(pin: Pin) -> Iterator[Candidate]:
    try:
        content = _content(_PLACES[pin.origin](pin.path)[0])
    except Refused:
        return
    yield Candidate(pin.origin, pin.path, hashlib.sha256(content).hexdigest())


def _own_place(name: str) -> tuple[Path, str]:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Refused("missing", f"there is no module {name}")
    return Path(spec.origin), name.rpartition(".")[0]


def _folder_place(name: str) -> tuple[Path, str]:
    folder: Path = settings.RISKGW_MODULES
    if not _FILE_NAME.fullmatch(name):
        raise Refused("path", f"{name} is no file name of a module: small letters, then .py")
    path = folder / name
    for each in (folder, path):
        _check_safe(each)
    return path, ""


def _package_place(name: str) -> tuple[Path, str]:
    """Found without importing the package, which would run code before it is checked."""
    found: list[EntryPoint] = list(entry_points(group=ENTRY_POINTS, name=name))
    if len(found) != 1 or found[0].dist is None:
        raise Refused("missing", f"{len(found)} installed packages name a module {name}")
    path = Path(str(found[0].dist.locate_file(found[0].module.replace(".", "/") + ".py")))
    _check_safe(path)
    return path, found[0].module.rpartition(".")[0]


_PLACES: Mapping[str, Callable[[str], tuple[Path, str]]] = {
    Origin.BUILT_IN: _own_place,
    Origin.FOLDER: _folder_place,
    Origin.PACKAGE: _package_place,
}


def _check_safe(path: Path) -> None:
    """Only its owner may write there, and that is us or root; a link leads nowhere."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise Refused("missing", f"there is no {path}") from None
    if stat.S_ISLNK(found.st_mode):
        raise Refused("path", f"{path} is a link")
    if found.st_uid not in (0, os.geteuid()):
        raise Refused("writable", f"{path} belongs to somebody else")
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise Refused("writable", f"others may write to {path}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SOURCE_BYTES_MAX + 1)
    except OSError as error:
        raise Refused("missing", f"{path}: {os.strerror(error.errno or 0)}") from None
    if len(content) > SOURCE_BYTES_MAX:
        raise Refused("too_large", f"{path} is larger than {SOURCE_BYTES_MAX} bytes")
    return content
