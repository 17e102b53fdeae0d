"""What `manage.py up` looks at before it starts anything, and what it makes anew each time."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from riskgw.wiring.demo import ensure_users
from riskgw.wiring.management.commands.up import is_migrated
from tests.running_system import QUOTE_PORTS, ROOT, free_port, free_ports

SECONDS_MAX = 60
URL = "http://127.0.0.1:8000"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def up(home: Path, port: int, quote_port: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RISKGW_HOME": str(home), "RISKGW_QUOTE_PORT": str(quote_port)}
    return subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=SECONDS_MAX,
    )  # fmt: skip


@pytest.mark.parametrize(("setting", "place"), [("PORT", 0), ("RISKGW_QUOTE_PORT", 2)])
def test_a_port_in_use_is_named_before_anything_starts(
    tmp_path: Path, taken: int, setting: str, place: int
) -> None:
    if setting == "PORT":
        refused = up(tmp_path, taken, free_ports(QUOTE_PORTS))
    else:
        refused = up(tmp_path, free_port(), taken - place)
    assert refused.returncode == 1
    said = f"port {taken}: Address already in use; choose another with {setting}="
    assert refused.stderr.strip() == f"CommandError: {said}"
    assert refused.stdout == ""
    assert {each.name for each in tmp_path.iterdir()} <= {"secret-key", "static"}


@pytest.mark.django_db
def test_web_begins_before_migrate_only_where_no_migration_is_missing() -> None:
    assert is_migrated()
    known = MigrationRecorder.Migration.objects.filter(app="monitoring")
    newest = known.exclude(name__contains="squashed").latest("pk")
    MigrationRecorder(connection).record_unapplied("monitoring", newest.name)
    assert not is_migrated()


@pytest.mark.django_db
def test_the_log_ins_that_are_printed_work_whatever_became_of_them(tmp_path: Path) -> None:
    path = tmp_path / "demo-access.json"
    first = ensure_users(path, URL)["users"]
    hashes = dict(User.objects.values_list("username", "password"))
    assert ensure_users(path, URL)["users"] == first
    assert dict(User.objects.values_list("username", "password")) == hashes
    risk = User.objects.get(username="risk")
    risk.set_password("another")
    risk.save()
    User.objects.filter(username="ops").delete()
    again = ensure_users(path, URL)["users"]
    for name in ("risk", "ops", "trader"):
        assert again[name]["password"] == first[name]["password"]
        assert User.objects.get(username=name).check_password(again[name]["password"])
    # As it was written before hashes were kept.
    old = {"users": {name: {"password": each["password"]} for name, each in first.items()}}
    path.write_text(json.dumps(old))
    assert ensure_users(path, URL)["users"] == again
