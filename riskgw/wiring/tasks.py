"""Celery tasks that join the apps; each runs every second or two."""

from functools import lru_cache
from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready

from monitoring.actions.request_backtest import BACKTEST_TASK
from riskgw.bus.connection import Client, kept_client
from riskgw.plugins.registry import registry
from riskgw.wiring import load as loading
from riskgw.wiring import report as reporting
from riskgw.wiring.backtests import Backtests
from riskgw.wiring.modules import ModuleWork
from riskgw.wiring.partitions import PartitionPlan, plans

_backtests = Backtests()


@shared_task(name="riskgw.watchdog", ignore_result=True)
def watchdog() -> None:
    """Start the chain of each partition that nobody works on and nobody is called to."""
    client = kept_client()
    for plan in plans():
        if not client.exists(f"lease.{plan.name}"):
            _start(client, plan)


@worker_ready.connect
def start_own_chains(sender: Any, **_: Any) -> None:
    """A worker that begins does not wait for the watchdog."""
    own = set(sender.app.amqp.queues.consume_from)
    for plan in plans():
        if plan.name in own:
            _start(kept_client(), plan)


def _start(client: Client, plan: PartitionPlan) -> None:
    if not client.llen(plan.name):
        current_app.send_task(plan.task, plan.arguments, queue=plan.name)


@shared_task(name="riskgw.load", ignore_result=True)
def load() -> None:
    """Changed base data and rules, and releases, reach the running core."""
    client = kept_client()
    loading.load(client)
    loading.lift(client)


@shared_task(name="riskgw.report", ignore_result=True)
def report() -> None:
    """What the Overview shows."""
    reporting.report(kept_client())


@lru_cache(maxsize=1)
def _modules() -> ModuleWork:
    return ModuleWork(registry())


@shared_task(name="riskgw.modules", ignore_result=True)
def modules() -> None:
    """Function modules are followed, their jobs begin, and the page hears how they stand."""
    _modules().look(kept_client())


@shared_task(name=BACKTEST_TASK, ignore_result=True)
def backtests() -> None:
    """The next back-test begins, in a process beside the worker's."""
    _backtests.look()
