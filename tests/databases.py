"""A migrated SQLite database, made once a run by `manage.py migrate` and copied from then on."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

# Of a run of pytest: what all its workers share.
FOLDER = "RISKGW_TESTS_FOLDER"
ROOT = Path(__file__).parent.parent
IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"  # as Django calls that of tests


def copy_into(database: str | Path) -> None:
    """A path, or the address of a database in memory that somebody else keeps open."""
    is_address = str(database).startswith("file:")
    with (
        closing(sqlite3.connect(migrated())) as ours,
        closing(sqlite3.connect(database, uri=is_address)) as theirs,
    ):
        ours.backup(theirs)


@cache
def migrated() -> Path:
    """Whoever asks first makes it, others wait."""
    folder = Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="riskgw-tests-"))
    file = folder / "migrated.sqlite3"
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _make(folder).rename(file)
    return file


def _make(folder: Path) -> Path:
    home = folder / "migrated"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    environment = os.environ | {"RISKGW_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    made = home / "riskgw.sqlite3"
    # In memory there is no write-ahead log, and a copy should not need one.
    with closing(sqlite3.connect(made)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    return made
