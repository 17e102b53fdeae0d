"""Demo data of `make run`: log-ins, and a simulated day with its alerts."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from capture.queries import open_captures
from monitoring.actions.store_alerts import store_alerts
from monitoring.queries import live_rules, shipped_rules
from riskgw.messages.base_data import base_from_labels
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.queries import base_data
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.roles import ensure_roles
from riskgw.wiring.simulation.day import (
    DEFAULT_DAY,
    DEFAULT_ORDERS,
    DayFiles,
    DayPlan,
    SimulatedDay,
)

SUPERUSER = "admin"
DEMO_SEED = 1


def ensure_users(path: Path, url: str) -> dict[str, Any]:
    """One user a role; passwords are made once and kept in `path`, readable by its owner only."""
    known = json.loads(path.read_text()) if path.exists() else {"users": {}}
    access: dict[str, Any] = {
        "url": url,
        "users": {},
        "counter_api_key": known.get("counter_api_key") or secrets.token_urlsafe(32),
    }
    groups = ensure_roles()
    for name in (SUPERUSER, *groups):
        password = known["users"].get(name, {}).get("password") or secrets.token_urlsafe(9)
        user, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        if is_new or not user.check_password(password):
            user.set_password(password)
        user.is_superuser = name == SUPERUSER
        user.save()
        user.groups.set([groups[name]] if name in groups else [])
        token, _ = Token.objects.get_or_create(user=user)
        access["users"][name] = {"password": password, "token": token.key}
    path.touch(mode=0o600)
    path.write_text(json.dumps(access, indent=1))
    return access


def demo_day(folder: Path) -> DayFiles:
    """The files of the demo day, made if they are not there."""
    folder.mkdir(exist_ok=True)
    files = DayFiles.beside(folder / f"day-{DEMO_SEED}.pcap")
    if not files.labels.exists():
        plan = DayPlan(DEMO_SEED, DEFAULT_DAY, DEFAULT_ORDERS)
        SimulatedDay(plan, shipped_rules()).write(files)
    return files


def run_demo_day(files: DayFiles) -> InlineReplay:
    """Load the day's base data, run its capture through the live rules, store the alerts."""
    load_base(base_from_labels(files.labels.read_bytes()))
    replay = InlineReplay(base_data(), live_rules())
    replay.run(open_captures([files.capture]))
    store_alerts(replay.alerts)
    return replay
