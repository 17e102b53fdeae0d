"""`manage.py up`: the whole system on simulated trading days; behind `make run`."""

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from quoting.io.rates import Ports
from riskgw.bus.connection import Client, Unreachable, connect
from riskgw.bus.figures import PROCESSES_KEY
from riskgw.env import env
from riskgw.wiring.demo import ensure_users
from riskgw.wiring.demo_desk import load_desk
from riskgw.wiring.demo_files import drop_demo_files
from riskgw.wiring.demo_quotes import make_demo_quotes
from riskgw.wiring.market_hours import load_hours
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
from riskgw.wiring.supervisor import GaveUp, Supervisor
from riskgw.wiring.trading_days import SAID_KEY

HOST = "127.0.0.1"
START_SECONDS_MAX = 60
_POLL_SECONDS = 0.05
_PROCESSES_SECONDS_MAX = 10


class Command(BaseCommand):
    help = "Start every process of the product with demo data. Ctrl-C stops them in order."
    requires_migrations_checks = False

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
        port = options["port"]
        _refuse_taken(port, "PORT")
        for taken in quote_ports():
            _refuse_taken(taken, "RISKGW_QUOTE_PORT")
        supervisor = Supervisor(settings.RISKGW_HOME / "logs")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop_soon())
        try:
            supervisor.add(queue_program())
            client = _queue()
            call_command("migrate", verbosity=0)
            load_hours()
            drop_demo_files()
            if not options["without_rates"]:
                _, rates, reuters, bank, _ = quote_ports()
                make_demo_quotes(Ports(rates, reuters, bank))
                load_desk()
            supervisor.add(web_program(HOST, port))
            access_path = settings.RISKGW_HOME / "demo-access.json"
            access = ensure_users(access_path, f"http://{HOST}:{port}")
            _until(lambda: _answers(f"{access['url']}/login/"), "the web server")
            self._say(f"\n{access['url']}   ready after {time.monotonic() - started:.1f} s")
            self._say(f"log-ins ({access_path}):")
            for name, user in access["users"].items():
                self._say(f"  {name:11} {user['password']}")
            prepare_forks()
            for program in (*work_programs(), *quote_programs()):
                supervisor.add(program)
            supervisor.add(demo_agent_program(access_path))
            if not options["without_days"]:
                supervisor.add(demo_program())
                supervisor.add(demo_counter_program())
                supervisor.add(demo_ledger_program())
            if not options["without_rates"]:
                for program in demo_quote_programs():
                    supervisor.add(program)
            self._say("Ctrl-C stops everything. A day is simulated, then its alerts come:")
            supervisor.watch(_Watch(client, self._say))
        except GaveUp as error:
            raise CommandError(str(error)) from None
        finally:
            supervisor.stop()
        self._say("stopped")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


class _Watch:
    """Once a second: tells the Overview of the processes, and the terminal of new alerts."""

    def __init__(self, client: Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self._alerts = client.pubsub(ignore_subscribe_messages=True)
        self._alerts.subscribe("live.alerts")

    def __call__(self, figures: list[dict[str, Any]]) -> None:
        try:
            text = msgspec.json.encode(figures)
            self._client.set(PROCESSES_KEY, text, ex=_PROCESSES_SECONDS_MAX)
            while message := self._alerts.get_message():
                self._tell(message["data"])
            while said := self._client.rpop(SAID_KEY):
                self._say(said.decode())
        except Unreachable:
            return  # the supervisor sees to the queue server itself

    def _tell(self, message: bytes) -> None:
        change = msgspec.json.decode(message.partition(b" ")[2])
        if change["change"] == "raised":
            self._say(_line(change["alert"]))


def _line(alert: dict[str, Any]) -> str:
    key = " ".join(f"{name}={value}" for name, value in alert["key"].items())
    readings = ", ".join(
        f"{each['indicator']} {each['value']} {each['cmp']} {each['threshold']}"
        for each in alert["values"]
    )
    return f"  {alert['rule']} v{alert['version']} {alert['level']:8} {key}: {readings}"


def _queue() -> Client:
    def is_up() -> bool:
        return settings.QUEUE_SOCKET.exists() and bool(connect().ping())

    if f"unix://{settings.QUEUE_SOCKET}" == settings.REDIS_URL:
        _until(is_up, "the queue server")
    return connect()


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
        except OSError as error:
            raise CommandError(
                f"port {port}: {os.strerror(error.errno or 0)}; choose another with {setting}="
            ) from None
