"""Pure rooms as machine code, in place of the sources that it was made of.

`kernel_setup.py` compiles modules of these rooms with mypyc, into a folder that is named by their
sources. Where that of the sources at hand is missing, or under `RISKGW_PURE=1`, Python does it.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "compiled"
SUFFIX = EXTENSION_SUFFIXES[0]
# A module is compiled for the types of its neighbours, so that those are sources of it too.
_SOURCES = (
    "kernel_setup.py", "riskgw/kernel/*.py", "riskgw/messages/*.py", "riskgw/cep/*.py",
    "riskgw/shards/*.py", "monitoring/domain/*.py", "capture/domain/*.py", "capture/wire/*.py",
    "capture/wire/*/*.py",
)  # fmt: skip
_DIGEST_BYTES = 16


def folder_of(root: Path) -> Path:
    """Where the modules are that were compiled from these sources for this Python."""
    found = blake2b(digest_size=_DIGEST_BYTES)
    for path in (path for pattern in _SOURCES for path in sorted(root.glob(pattern))):
        source = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(source)}\n".encode())
        found.update(source)
    return root / FOLDER.name / f"{sys.implementation.cache_tag}-{found.hexdigest()}"


def modules_in(folder: Path) -> dict[str, Path]:
    """Compiled modules by name; none where there is no such folder."""
    return {path.name.removesuffix(SUFFIX): path for path in folder.glob(f"*{SUFFIX}")}


class _Finder(MetaPathFinder):
    """Says where compiled modules are, before Python finds their sources."""

    def __init__(self, modules: Mapping[str, Path]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        file = self._modules.get(fullname)
        return None if file is None else spec_from_file_location(fullname, file)


def _install() -> bool:
    """Ahead of the first of the modules: whoever imports one has imported this package."""
    if os.environ.get("RISKGW_PURE", "") not in ("", "0"):
        return False
    modules = modules_in(folder_of(ROOT))
    if modules:
        sys.meta_path.insert(0, _Finder(modules))
    return bool(modules)


NAME = "compiled" if _install() else "pure"
