"""The site under a real server in a process of its own: python -m tests.daphne_site SOCKET APP…

It has a database of its own in RISKGW_HOME, and one user, whose token is `TOKEN`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps

from tests import databases

ROOT = Path(__file__).parent.parent
TOKEN = "0123456789abcdef0123456789abcdef01234567"
APPLICATION = "riskgw.asgi:application"
START_SECONDS_MAX = 60


@contextmanager
def serving(
    folder: Path, queue_url: str, application: str = APPLICATION, module: str = "riskgw.web.server"
) -> Iterator[tuple[str, int]]:
    """The server's Unix socket and process id."""
    address = folder / "web.sock"
    environment = os.environ | {
        "RISKGW_HOME": str(folder),
        "REDIS_URL": queue_url,
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "riskgw.settings",
    }
    command = [sys.executable, "-m", "tests.daphne_site", str(address), application, module]
    databases.copy_into(folder / "site.sqlite3")
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not address.exists():
            assert process.poll() is None, (folder / "web.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        yield str(address), process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(address: str, application: str, module: str) -> None:
    """Prepare its user, then become the server."""
    django.setup()
    users = apps.get_model("auth", "User").objects
    user, _ = users.get_or_create(username="admin", is_superuser=True)
    apps.get_model("authtoken", "Token").objects.get_or_create(key=TOKEN, user=user)
    arguments = ["-v", "0", "-u", address, application]
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:4])
