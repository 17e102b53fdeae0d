"""`manage.py sample_host`: the agent of a host. It needs the server's address and a key, no more.

The key stands in RISKGW_AGENT_KEY, or in a file as `agent_api_key`, so that no list of processes
shows it. It is the host's own: the server lets it report for the host it reported for first.
"""

import json
import signal
import socket
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.io.host_agent import EVERY_SECONDS, HostAgent, Server
from monitoring.io.host_sampler import HostSampler
from riskgw.env import env

VARIABLE = "RISKGW_AGENT_KEY"


class Command(BaseCommand):
    help = "Sample this host every few seconds and report it to a riskgw server."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", help="address of the server: https://riskgw.example")
        parser.add_argument("--access", type=Path, help="a JSON file with url and agent_api_key")
        parser.add_argument("--name", default=socket.gethostname(), help="what this host is called")
        parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        access = _access(options["access"])
        server = options["server"] or access.get("url")
        key = env.str(VARIABLE, "") or access.get("agent_api_key")
        if not server or not key:
            raise CommandError(f"--server and {VARIABLE}, or --access, say where to report")
        if options["every"] <= 0:
            raise CommandError("--every is a number of seconds above 0")
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        agent = HostAgent(options["name"], Server(server, key), HostSampler())
        agent.run(options["every"], stopping.is_set)


def _access(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from None
    return found
