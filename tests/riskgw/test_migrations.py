"""Whoever had every release, and whoever begins with this one, have the same database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import postgres
from tests.databases import ROOT

# In the midst of what has been put together into one migration an app since.
HALFWAY = ("monitoring=0013_amounts_and_counts", "reference=0006_index_of_contract")
DONE = (
    "monitoring=0025_fx_obligation",
    "reference=0010_overnight_positions",
    "quoting=0002_source_of_holidays",
)
MADE = ("fresh", "halfway", "done")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Empty databases by name."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("databases")
        yield {name: f"sqlite:///{folder / name}.sqlite3" for name in MADE}
        return
    with postgres.server("fsync=off") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in MADE:
                connection.execute(f"CREATE DATABASE {name}")
        yield {name: url.rpartition("/")[0] + f"/{name}" for name in MADE}


def migrated(url: str, home: Path, *through: str) -> dict[str, Any]:
    environment = {**os.environ, "DATABASE_URL": url, "RISKGW_HOME": str(home)}
    command = [sys.executable, "-m", "tests.schemas", *through]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.long
def test_many_migrations_and_the_one_that_replaces_them_make_the_same(
    urls: dict[str, str], tmp_path: Path
) -> None:
    fresh = migrated(urls["fresh"], tmp_path)
    assert len(fresh["rows"]["monitoring_rule"]) > 60
    assert len(fresh["schema"]) > 1000
    for name, through in (("halfway", HALFWAY), ("done", DONE)):
        others = migrated(urls[name], tmp_path, *through)
        assert sorted(set(others["schema"]) ^ set(fresh["schema"])) == [], name
        assert others["schema"] == fresh["schema"], name
        assert others["rows"].keys() == fresh["rows"].keys(), name
        for table, rows in fresh["rows"].items():
            assert others["rows"][table] == rows, (name, table)
