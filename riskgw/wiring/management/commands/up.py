"""`manage.py up`: the whole system on simulated trading days; behind `make run`."""

import os
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from quoting.io.rates import Ports
from riskgw.bus.connection import connect, connect_briefly
from riskgw.env import env
from riskgw.wiring.demo import ensure_users
from riskgw.wiring.demo_desk import load_desk
from riskgw.wiring.demo_files import drop_demo_files
from riskgw.wiring.demo_quotes import make_demo_quotes
from riskgw.wiring.market_hours import load_hours
from riskgw.wiring.process_watch import ProcessWatch
from riskgw.wiring.programs import (
    demo_agent_program,
    demo_counter_program,
    demo_ledger_program,
    demo_program,
    demo_quote_programs,
    prepare_forks,
    queue_program,
    quote_ports,
    quote_programs,
    web_program,
    work_programs,
)
from riskgw.wiring.supervisor import GaveUp, Program, Supervisor

HOST = "127.0.0.1"
START_SECONDS_MAX = 60
# Two simulated days with everything that is kept of them.
FREE_BYTES_MIN = 300 << 20
_POLL_SECONDS = 0.05


class Command(BaseCommand):
    help = "Start every process of the product with demo data. Ctrl-C stops them in order."
    requires_migrations_checks = False
    # While the web server begins, not before it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=env.int("PORT", 8000))
        parser.add_argument(
            "--without-days", action="store_true", help="no simulated trading days: only replays"
        )
        parser.add_argument(
            "--without-rates", action="store_true", help="no made-up FX market, no counterparty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("`up` makes demo users and data: not in production")
        started = time.monotonic()
        refuse_home(settings.RISKGW_HOME)
        port = options["port"]
        _refuse_taken(port, "PORT")
        for taken in quote_ports():
            _refuse_taken(taken, "RISKGW_QUOTE_PORT")
        supervisor = Supervisor(settings.RISKGW_HOME / "logs")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop_soon())
        try:
            supervisor.add(queue_program())
            _wait_for_queue()
            self._migrate_and_serve(supervisor, port)
            load_hours()
            drop_demo_files()
            if not options["without_rates"]:
                _, rates, reuters, bank, _ = quote_ports()
                make_demo_quotes(Ports(rates, reuters, bank))
                load_desk()
            access_path = settings.RISKGW_HOME / "demo-access.json"
            access = ensure_users(access_path, f"http://{HOST}:{port}")
            prepare_forks()
            _until(lambda: _answers(f"{access['url']}/login/"), "the web server")
            self._say(f"\n{access['url']}   ready after {time.monotonic() - started:.1f} s")
            self._say(f"log-ins ({access_path}):")
            for name, user in access["users"].items():
                self._say(f"  {name:11} {user['password']}")
            for program in (*work_programs(), *quote_programs(), demo_agent_program(access_path)):
                supervisor.add(program)
            for program in _demo_programs(options):
                supervisor.add(program)
            self._say("Ctrl-C stops everything. A day is simulated, then its alerts come:")
            supervisor.watch(ProcessWatch(connect_briefly(), self._say))
        except GaveUp as error:
            raise CommandError(str(error)) from None
        finally:
            supervisor.stop()
        self._say("stopped")

    def _migrate_and_serve(self, supervisor: Supervisor, port: int) -> None:
        """Web is what people wait for, and begins first where its tables are as they should be.

        `migrate` has its say in any case: it ends what an earlier one had no time for.
        """
        web = web_program(HOST, port)
        if is_current := is_migrated():
            supervisor.add(web)
        self.check()
        call_command("migrate", verbosity=0)
        if not is_current:
            supervisor.add(web)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def refuse_home(home: Path, needed: int = FREE_BYTES_MIN) -> None:
    """Where nothing can be written, or not for long, nothing begins."""
    try:
        with TemporaryFile(dir=home):
            free = shutil.disk_usage(home).free
    except OSError as error:
        said = os.strerror(error.errno or 0)
        raise CommandError(f"RISKGW_HOME {home}: {said}") from None
    if free < needed:
        raise CommandError(
            f"RISKGW_HOME {home}: {free >> 20} MB are free, {needed >> 20} are needed"
        )


def is_migrated() -> bool:
    """Every migration of this release has been applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _demo_programs(options: dict[str, Any]) -> Iterator[Program]:
    if not options["without_days"]:
        yield demo_program()
        yield demo_counter_program()
        yield demo_ledger_program()
    if not options["without_rates"]:
        yield from demo_quote_programs()


def _wait_for_queue() -> None:
    def is_up() -> bool:
        return settings.QUEUE_SOCKET.exists() and bool(connect().ping())

    if f"unix://{settings.QUEUE_SOCKET}" == settings.REDIS_URL:
        _until(is_up, "the queue server")


def _until(is_up: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + START_SECONDS_MAX
    while not is_up():
        if time.monotonic() > ends:
            raise CommandError(f"{what} did not start in {START_SECONDS_MAX} s")
        time.sleep(_POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _refuse_taken(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            raise CommandError(
                f"port {port}: there is none; choose another with {setting}="
            ) from None
        except OSError as error:
            raise CommandError(
                f"port {port}: {os.strerror(error.errno or 0)}; choose another with {setting}="
            ) from None
