"""Compiles what costs most time a packet and an event: the decoder's kernel, and pure rooms.

`python kernel_setup.py` makes capture/wire/compiled.pyx an extension beside its source (Cython),
and the modules below extensions in compiled/ (mypyc). It needs requirements-kernel.txt, a C
compiler and Python's headers; without them the Python code does the same more slowly.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from Cython.Build import cythonize
from mypyc.build import mypycify
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

from capture.wire.kernel import SOURCE_FILE, digest
from riskgw.compiled import FOLDER, SUFFIX, folder_of

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "capture" / "wire" / SOURCE_FILE
# What a request of TDS passes through, and an event in a shard and in a web process's replica.
ROOMS = {
    "riskgw/kernel": ("addresses", "decimals", "remains", "times"),
    "riskgw/cep": (
        "accumulators", "condition", "counting", "duration", "engine", "episodes", "evidence",
        "fields", "filters", "followers", "headroom", "indicator", "moments", "plans", "rule",
        "sessions", "sliding", "step", "sweep", "then", "trial", "windows",
    ),
    "riskgw/shards": ("sequencer",),
    "monitoring/domain": (
        "contract_facts", "enrichment", "funds", "market_book", "market_facts", "market_fields",
        "order_states", "own_book", "permissions", "positions", "replica", "risk_core",
        "self_trade", "shard", "tracking",
    ),
    "capture/wire": ("order_feed", "packet", "partition", "sql_feed"),
    "capture/wire/tds": (
        "outcomes", "prepared", "procedures", "reader", "requests", "session", "sql",
        "value_frames",
    ),
    "capture/domain": ("shanghai", "szse_orders"),
}  # fmt: skip
# Builds of other sources that stay, for processes that still run on them.
_KEPT = 2


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="riskgw-kernel-") as folder:
        built = compiled(Path(folder))
        target = SOURCE.with_name(built.name)
        # Whole or not at all: another process may import it just now.
        aside = target.with_suffix(".new.so")
        aside.write_bytes(built.read_bytes())
        aside.replace(target)
    sys.stdout.write(f"kernel: {target.relative_to(ROOT)}\n")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=FOLDER) as folder:
        compile_rooms(Path(folder) / "c", Path(folder) / "whole")
        target = folder_of(ROOT)
        shutil.rmtree(target, ignore_errors=True)
        (Path(folder) / "whole").replace(target)
    others = sorted(FOLDER.glob("*-*"), key=lambda path: path.stat().st_mtime)
    for each in others[: -_KEPT - 1]:
        shutil.rmtree(each)
    sys.stdout.write(f"rooms: {target.relative_to(ROOT)}\n")


def compiled(folder: Path) -> Path:
    """The decoder's kernel, in a folder of its own."""
    stamp = ("KERNEL_SOURCE", f'"{digest(SOURCE.read_bytes())}"')
    name = f"capture.wire.{SOURCE.stem}"
    extension = Extension(
        name,
        [str(SOURCE.relative_to(ROOT))],
        define_macros=[stamp],
        extra_compile_args=["-O3", "-g0"],
    )
    modules = cythonize([extension], build_dir=str(folder / "c"), quiet=True)
    return Path(_built(modules, folder).get_ext_fullpath(name))


def compile_rooms(work: Path, target: Path) -> None:
    """All modules of the rooms, and what joins them, as files named by module."""
    paths = [f"{room}/{name}.py" for room, names in ROOMS.items() for name in names]
    # What mypy says of the sources is for `make check`.
    options = [
        "--config-file=",
        "--cache-dir=.mypy_cache/rooms",
        "--ignore-missing-imports",
        "--hide-error-context",
    ]
    modules = mypycify(
        [*options, *paths],
        opt_level="2",
        debug_level="0",
        group_name="riskgw",
        target_dir=str(work),
    )
    command = _built(modules, work)
    target.mkdir()
    for each in modules:
        shutil.copy(command.get_ext_fullpath(each.name), target / f"{each.name}{SUFFIX}")


def _built(modules: Sequence[Extension], folder: Path) -> build_ext:
    command = build_ext(Distribution({"ext_modules": list(modules)}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "objects")
    command.ensure_finalized()
    command.run()
    return command


if __name__ == "__main__":
    main()
