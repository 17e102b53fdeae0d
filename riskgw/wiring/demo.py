"""The log-ins of `make run`: one user a role, two accountants, and the key of its counter."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from rest_framework.authtoken.models import Token

from riskgw.reference.api_keys import new_key, store_key
from riskgw.wiring.roles import AGENT, COUNTER, OF_PROGRAMS, ensure_roles

SUPERUSER = "admin"
# A second accountant, who makes what the first decides; the demo's own clerk works as this one.
CLERK = "accountant2"
_ROLE_OF = {CLERK: "accountant"}


def ensure_users(path: Path, url: str) -> dict[str, Any]:
    """Users by role; passwords are made once and kept in `path`, readable by its owner only."""
    known = json.loads(path.read_text()) if path.exists() else {"users": {}}
    access: dict[str, Any] = {
        "url": url,
        "users": {},
        "counter_api_key": known.get("counter_api_key") or new_key(),
        "agent_api_key": known.get("agent_api_key") or new_key(),
    }
    groups = ensure_roles()
    for name in (SUPERUSER, *(role for role in groups if role not in OF_PROGRAMS), *_ROLE_OF):
        before = known["users"].get(name, {})
        password = before.get("password") or secrets.token_urlsafe(9)
        user, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        # To hash one takes a fifth of a second: what is as it was left needs no look.
        is_as_left = not is_new and user.password == before.get("hash")
        if not is_as_left and (is_new or not user.check_password(password)):
            user.set_password(password)
        user.is_superuser = name == SUPERUSER
        user.save()
        role = _ROLE_OF.get(name, name)
        user.groups.set([groups[role]] if role in groups else [])
        token, _ = Token.objects.get_or_create(user=user)
        access["users"][name] = {"password": password, "hash": user.password, "token": token.key}
    _ensure_program(COUNTER, access["counter_api_key"], groups[COUNTER])
    _ensure_program(AGENT, access["agent_api_key"], groups[AGENT])
    path.touch(mode=0o600)
    path.write_text(json.dumps(access, indent=1))
    return access


def _ensure_program(name: str, key: str, role: Group) -> None:
    """A user without a password; a counter's key that names no counter sees them all."""
    user, is_new = User.objects.get_or_create(username=name)
    if is_new:
        user.set_unusable_password()
        user.save()
    user.groups.set([role])
    store_key("demo", user, key)
