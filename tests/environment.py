"""Loaded before Django's settings: tests keep their files out of the user's `var/`."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings

from tests.databases import FOLDER

# Workers inherit it from the process that starts them.
_is_first = FOLDER not in os.environ
if _is_first:
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="riskgw-tests-")
_folder = Path(os.environ[FOLDER])
(_folder / "home").mkdir(exist_ok=True)

os.environ.setdefault("RISKGW_HOME", str(_folder / "home"))
os.environ.setdefault("RISKGW_LOG_LEVEL", "CRITICAL")

# How long an example takes says something about the machine, not about the code. CI tries the
# same examples every time; new ones are for developers.
settings.register_profile("riskgw", deadline=None, derandomize="RISKGW_CI" in os.environ)
settings.load_profile("riskgw")


def pytest_unconfigure() -> None:
    if _is_first:
        shutil.rmtree(_folder, ignore_errors=True)
