"""The Celery application: it starts, routes and restarts; the streams carry the data."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
# `manage.py up` has checked before it starts workers; one that replaces a dead one has no time.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_prerun, worker_init
from django.conf import settings
from django.db import connections

DEFAULT_QUEUE = "default"
# A worker of its own: posting a backlog holds up nothing else.
POSTING_QUEUE = "posting"
# A new connection reads the whole schema first: longer than most tasks take.
_TASKS_A_CONNECTION, _CONNECTION_SECONDS = 100, 60
# So has telling: counters hear of a restriction whatever else is under way.
TELLING_QUEUE = "telling"

app = Celery("riskgw")
app.conf.update(
    CELERY_DB_REUSE_MAX=_TASKS_A_CONNECTION,
    # kombu's name for a Unix socket.
    broker_url=settings.REDIS_URL.replace("unix://", "redis+socket://", 1),
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_default_queue=DEFAULT_QUEUE,
    task_ignore_result=True,
    task_routes={
        # To be seen while a backlog is being posted.
        "ledger.tell": {"queue": DEFAULT_QUEUE},
        "ledger.*": {"queue": POSTING_QUEUE},
        "monitoring.deliver": {"queue": TELLING_QUEUE},
    },
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        # Due again before the next is, a task that could not be started in time is dropped.
        name: {"task": f"riskgw.{name}", "schedule": 1.0, "options": {"expires": 5}}
        for name in ("watchdog", "load", "report", "modules")
    }
    # Hints may be lost; what is due is looked for all the same.
    | {
        "post": {"task": "ledger.post", "schedule": 1.0, "options": {"expires": 5}},
        "deliver": {"task": "monitoring.deliver", "schedule": 1.0, "options": {"expires": 5}},
        "watch_alerts": {
            "task": "monitoring.watch_alerts",
            "schedule": 5.0,
            "options": {"expires": 10},
        },
        "tell": {"task": "ledger.tell", "schedule": 1.0, "options": {"expires": 2}},
        "tend": {"task": "ledger.tend", "schedule": 5.0, "options": {"expires": 10}},
        "backtests": {"task": "riskgw.backtests", "schedule": 2.0, "options": {"expires": 5}},
        # 04:30 in Beijing: between the night session and the morning.
        "purge_deliveries": {
            "task": "monitoring.purge_deliveries",
            "schedule": crontab(minute="30", hour="20"),
            "options": {"expires": 3600},
        },
        # Tries wait meanwhile: at the quietest time.
        "reconcile": {
            "task": "ledger.reconcile",
            "schedule": crontab(minute="40", hour="20"),
            "options": {"expires": 3600},
        },
        "watch": {"task": "ledger.watch", "schedule": 60.0, "options": {"expires": 60}},
    },
)
app.autodiscover_tasks(["capture", "monitoring", "ledger", "riskgw.wiring"])


@worker_init.connect
def keep_connections(**_: Any) -> None:
    """Threads of a worker last, unlike those of requests: what they opened may last, too."""
    for name in connections:
        if "pool" not in connections.settings[name]["OPTIONS"]:
            connections.settings[name]["CONN_MAX_AGE"] = _CONNECTION_SECONDS


@task_prerun.connect
def drop_faulty_connections(**_: Any) -> None:
    """What has failed once may be broken: the next task begins with one of its own."""
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred and not connection.in_atomic_block:
            connection.close()
