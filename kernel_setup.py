"""Builds the optional compiled kernel, capture/wire/compiled.pyx, beside its source.

`python kernel_setup.py` needs Cython, setuptools, a C compiler and Python's headers; without them
the Python code does the same more slowly.
"""

import sys
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

from capture.wire.kernel import SOURCE_FILE, digest

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "capture" / "wire" / SOURCE_FILE


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="riskgw-kernel-") as folder:
        built = compiled(Path(folder))
        target = SOURCE.with_name(built.name)
        # Whole or not at all: another process may import it just now.
        aside = target.with_suffix(".new.so")
        aside.write_bytes(built.read_bytes())
        aside.replace(target)
    sys.stdout.write(f"kernel: {target.relative_to(ROOT)}\n")


def compiled(folder: Path) -> Path:
    """The extension, in a folder of its own."""
    stamp = ("KERNEL_SOURCE", f'"{digest(SOURCE.read_bytes())}"')
    name = f"capture.wire.{SOURCE.stem}"
    extension = Extension(
        name,
        [str(SOURCE.relative_to(ROOT))],
        define_macros=[stamp],
        extra_compile_args=["-O3", "-g0"],
    )
    modules = cythonize([extension], build_dir=str(folder / "c"), quiet=True)
    command = build_ext(Distribution({"ext_modules": modules}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "objects")
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath(name))


if __name__ == "__main__":
    main()
