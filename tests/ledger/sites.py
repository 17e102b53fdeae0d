"""The ledger as it runs: web servers and posters as processes on one database, and who calls them.

python -m tests.ledger.sites prepares a database and prints keys as JSON.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.running_system import free_port

ROOT = Path(__file__).parent.parent.parent
START_SECONDS_MAX, CALL_SECONDS_MAX = 180, 20
V1 = "/api/v1/ledger"


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: Any


class NoAnswer(RuntimeError):
    """What was done is not known."""


class Caller:
    """A program with a key; it asks whichever server it is told."""

    def __init__(self, authorization: str) -> None:
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}

    def ask(self, port: int, method: str, path: str, body: Any = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_SECONDS_MAX)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"{V1}/{path}", text, self._headers)
            answer = connection.getresponse()
            status, said = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(path) from error
        finally:
            connection.close()
        if status >= http.client.INTERNAL_SERVER_ERROR:
            raise NoAnswer(f"{path}: {status}")
        return Answer(status, json.loads(said))


def transfer(payer: str, payee: str, amount: str) -> dict[str, Any]:
    return {
        "legs": [
            {"account": payer, "side": "debit", "amount": amount},
            {"account": payee, "side": "credit", "amount": amount},
        ]
    }


class Process:
    """A server or a poster, started again after it died."""

    def __init__(self, site: "Site", name: str) -> None:
        self.name, self._site = name, site
        self.port = free_port() if name.startswith("web") else 0
        self.deaths = -1
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, failpoint: str = "") -> None:
        command = [sys.executable, "-m"]
        if self.port:
            command += ["riskgw.web.server", "-b", "127.0.0.1", "-p", str(self.port), "-v", "0"]
            command += ["riskgw.asgi:application"]
        else:
            command = [sys.executable, "manage.py", "ledger_poster"]
        environment = self._site.environment | {"RISKGW_LEDGER_FAILPOINT": failpoint}
        with (self._site.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.deaths += 1

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Site:
    """One ledger: a database, and processes that share it."""

    def __init__(self, folder: Path, database: str, names: Iterable[str] = ("web",)) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.environment = os.environ | {
            "DATABASE_URL": database,
            "RISKGW_HOME": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.failpoints",
            # Nobody is there to be woken: posters look for themselves.
            "REDIS_URL": "redis://127.0.0.1:1",
            "RISKGW_LOG_LEVEL": "ERROR",
        }
        self.processes = {name: Process(self, name) for name in names}

    def prepare(self, books: dict[str, Any]) -> dict[str, str]:
        """Authorizations by the name of a unit; "accountant" is a person."""
        done = self.run("-m", "tests.ledger.sites", json.dumps(books))
        found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        return found

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, check=False,
            capture_output=True, text=True, timeout=START_SECONDS_MAX,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
        return done

    def start(self) -> None:
        for each in self.processes.values():
            if not each.is_alive:
                each.start()
        self.wait()

    def wait(self) -> None:
        ends = time.monotonic() + START_SECONDS_MAX
        while not all(self._answers(port) for port in self.ports):
            assert time.monotonic() < ends, self.said()
            time.sleep(0.05)

    @property
    def ports(self) -> list[int]:
        return [each.port for each in self.processes.values() if each.port]

    def said(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in logs)

    def stop(self) -> None:
        for each in self.processes.values():
            each.kill()

    def _answers(self, port: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


def main(books: dict[str, Any]) -> None:
    import django  # noqa: PLC0415  # only as a program

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415  # needs the apps that are loaded now
    from django.core.management import call_command  # noqa: PLC0415  # likewise
    from rest_framework.authtoken.models import Token  # noqa: PLC0415  # likewise

    from ledger.actions.units import open_unit  # noqa: PLC0415  # likewise
    from ledger.domain.direction import Direction  # noqa: PLC0415  # likewise
    from ledger.models import BusinessUnit  # noqa: PLC0415  # likewise
    from riskgw.wiring.roles import ensure_roles  # noqa: PLC0415  # likewise
    from tests.ledger.books import account, paid, transfer  # noqa: PLC0415  # likewise

    call_command("migrate", verbosity=0)
    user = User.objects.create(username="accountant")
    user.groups.set([ensure_roles()["accountant"]])
    keys = {"accountant": f"Token {Token.objects.create(user=user).key}"}
    for name, direction, opening in books["accounts"]:
        account(name, Direction(direction))
        if opening:
            paid(transfer(f"opening.{name}", "cash", name, opening))
    for name, accounts in books.get("units", {}).items():
        asks = ("try", "confirm", "cancel", "read", "increase", "decrease")
        unit = BusinessUnit(name=name, **{f"may_{ask}": True for ask in asks})
        keys[name] = f"Api-Key {open_unit(unit)}"
        unit.accounts.set(accounts)
    print(json.dumps(keys))  # noqa: T201  # its answer


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
