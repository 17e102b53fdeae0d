"""Core and server in processes of their own, for tests of counters: python -m tests.counter_site.

It is what stands between a mirrored order and a counter: shards, unload, webhooks, web server.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import django

from riskgw.messages.base_data import AccountData, BaseData, ContractData
from tests import databases
from tests.running_system import free_port

ROOT = Path(__file__).parent.parent
START_SECONDS_MAX = 240
SECRET_NAME, SECRET = "RISKGW_WEBHOOK_TEST", "a secret of the test"
# Of those who sign in with a browser.
PEOPLE, PASSWORD = ("trader", "risk"), "of people, in a browser"
BASE = BaseData(
    accounts=(
        AccountData("A", "SSE", "G", "ALPHA", permissions=("*",)),
        AccountData("B", "SSE", "H", "BETA", permissions=("*",)),
    ),
    contracts=(
        ContractData("600000", "SSE", "0.01", "100", "1000000", kind="stock", previous_close="10"),
    ),
)


class CounterSite(NamedTuple):
    """Where it answers, and with which keys: of the counter ALPHA, of all, tokens by role."""

    url: str
    keys: dict[str, str]
    tokens: dict[str, str]
    # Of the server's process.
    pid: int
    environment: dict[str, str]

    def post(self, path: str, body: Any, role: str) -> Any:
        headers = {
            "Authorization": f"Token {self.tokens[role]}", "Content-Type": "application/json",
        }  # fmt: skip
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}", json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@contextmanager
def counter_site(folder: Path, queue_url: str, webhook: str = "") -> Iterator[CounterSite]:
    port = free_port()
    environment = os.environ | {
        "RISKGW_HOME": str(folder),
        "REDIS_URL": queue_url,
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "riskgw.settings",
        SECRET_NAME: SECRET,
    }
    core = [sys.executable, "-m", "tests.counter_site", str(folder), webhook]
    web = ["-b", "127.0.0.1", "-p", str(port), "-v", "0", "riskgw.asgi:application"]
    url = f"http://127.0.0.1:{port}"
    databases.copy_into(folder / "site.sqlite3")
    with (folder / "site.log").open("wb") as log:
        running = [subprocess.Popen(core, cwd=ROOT, env=environment, stderr=log)]
        try:
            _until((folder / "access.json").exists, running, folder)
            command = [sys.executable, "-m", "riskgw.web.server", *web]
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log))
            _until(lambda: _answers(f"{url}/healthz"), running, folder)
            access = json.loads((folder / "access.json").read_text())
            yield CounterSite(url, access["keys"], access["tokens"], running[1].pid, environment)
        finally:
            for process in running:
                process.kill()
                process.wait()


def _until(is_so: Any, running: list[subprocess.Popen[bytes]], folder: Path) -> None:
    ends = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        said = (folder / "site.log").read_text()[-3000:]
        assert all(process.poll() is None for process in running), said
        assert time.monotonic() < ends, said
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def main(folder: Path, webhook: str) -> None:
    """Fill the migrated database, then work for all shards, unload and webhooks until killed."""
    django.setup()
    access = _access(webhook)
    from monitoring.delivery import Deliverers, DeliveryHints  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.restricting import Restricting  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.stages import EvaluateStage  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.unload import Unload  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.bus.partition import Partition  # noqa: PLC0415  # needs the apps that are loaded now

    shards = [Partition(EvaluateStage(number), folder / "snapshots") for number in range(2)]
    unload, deliverers = Unload(["results.0", "results.1"]), Deliverers()
    (folder / "access.new").write_text(json.dumps(access))
    (folder / "access.new").rename(folder / "access.json")
    for runner in (*shards, unload, Restricting(), DeliveryHints(deliverers)):
        threading.Thread(target=_forever, args=(runner,), daemon=True).start()
    while True:
        deliverers.look()
        time.sleep(1)


def _forever(runner: Any) -> None:
    while True:
        runner.run(60, lambda: False)


def _access(webhook: str) -> dict[str, Any]:
    from django.contrib.auth.models import User  # noqa: PLC0415  # needs the apps that are loaded now
    from rest_framework.authtoken.models import Token  # noqa: PLC0415  # needs the apps that are loaded now

    from monitoring.models import WebhookEndpoint  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.reference.actions.load_base import load_base  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.reference.api_keys import new_key, store_key  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.reference.models import Counter  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.wiring.roles import ensure_roles  # noqa: PLC0415  # needs the apps that are loaded now

    load_base(BASE)
    groups = ensure_roles()
    tokens, keys = {}, {}
    for role in ("trader", "risk", "counter", "alpha"):
        password = PASSWORD if role in PEOPLE else None  # hashing takes its time
        user = User.objects.create_user(role, password=password, is_staff=role in PEOPLE)
        user.groups.set([groups["counter" if role == "alpha" else role]])
        tokens[role] = Token.objects.create(user=user).key
    for name, code in (("counter", None), ("alpha", "ALPHA")):
        keys[name] = new_key()
        counter = Counter.objects.get(code=code) if code else None
        store_key(name, User.objects.get(username=name), keys[name], counter)
    if webhook:
        WebhookEndpoint.objects.create(
            name="test", url=webhook, variable=SECRET_NAME, topics=["restrictions"]
        )
    return {"tokens": tokens, "keys": keys}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
