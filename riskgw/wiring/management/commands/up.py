"""`manage.py up`: everything on a simulated day, then the site; behind `make run`."""

import os
import socket
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from riskgw.env import env
from riskgw.messages.alert import Alert
from riskgw.wiring.demo import demo_day, ensure_users, run_demo_day

HOST = "127.0.0.1"
ALERTS_SHOWN_MAX = 60


class Command(BaseCommand):
    help = "Migrate, load demo data, judge a simulated day, serve the site. Ctrl-C stops."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=env.int("PORT", 8000))

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("`up` makes demo users and data: not in production")
        port = options["port"]
        _refuse_taken(port)
        self._step("migrating", lambda: call_command("migrate", verbosity=0))
        access_path = settings.RISKGW_HOME / "demo-access.json"
        access = ensure_users(access_path, f"http://{HOST}:{port}")
        files = self._step("simulated day", lambda: demo_day(settings.RISKGW_HOME / "demo"))
        started = time.perf_counter(), time.process_time()
        replay = self._step("decoding and rules", lambda: run_demo_day(files))
        for alert in replay.alerts[:ALERTS_SHOWN_MAX]:
            self.stdout.write(_line(alert))
        summary = replay.summary(time.perf_counter() - started[0], time.process_time() - started[1])
        self.stdout.write(
            f"{summary['messages']:,} messages, {summary['events']:,} events, "
            f"{len(replay.alerts)} alerts, {sum(summary['problems'].values())} problems"
        )
        self.stdout.write(f"\n{access['url']}/admin/   log-ins ({access_path}):")
        for name, user in access["users"].items():
            self.stdout.write(f"  {name:11} {user['password']}")
        self.stdout.flush()
        _serve(port)

    def _step(self, what: str, do: Any) -> Any:
        started = time.perf_counter()
        result = do()
        self.stdout.write(f"{what}: {time.perf_counter() - started:.1f} s")
        self.stdout.flush()
        return result


def _line(alert: Alert) -> str:
    reading = ", ".join(f"{each.value} {each.cmp} {each.threshold}" for each in alert.values)
    return f"  {alert.rule} v{alert.version} {alert.level:8} {alert.key_text}: {reading}"


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"port {port}: {error.strerror}; choose another with PORT="
            ) from None


def _serve(port: int) -> None:
    """Become the web server, so that Ctrl-C and signals reach it directly."""
    arguments = ["-b", HOST, "-p", str(port), "riskgw.asgi:application"]
    os.execv(sys.executable, [sys.executable, "-m", "daphne", *arguments])  # noqa: S606  # ours
