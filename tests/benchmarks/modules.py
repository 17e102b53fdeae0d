"""Function modules: what a handler object costs a request, and how soon four servers have loaded.

Sketch: an object, a serializer with one field and its errors are some 20 µs; looking the module up
is two dictionaries. A load is a message, a read of the table, a checksum, a compile, one address.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import django
from django.http import HttpRequest, HttpResponse, JsonResponse

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import python, run
from tests.benchmarks.figures import Figure
from tests.function_modules import code, put
from tests.module_site import PIN, running
from tests.queue_server import QueueServer

ROUNDS, REQUESTS = 9, 2_000
OVERHEAD_US_MAX = 50.0
SERVERS, LOADS, LOAD_SECONDS_MAX = 4, 5, 2.0
NAME = "holiday"
View = Callable[[HttpRequest], Awaitable[HttpResponse]]


def measure(workshop: Workshop) -> list[Figure]:
    spent = run(python("-m", "tests.benchmarks.modules"), workshop.folder)
    return [_overhead(json.loads(spent.output)), _loading()]


def _overhead(rounds: list[dict[str, float]]) -> Figure:
    more = [each["handler"] - each["plain"] for each in rounds]
    median = statistics.median(more)
    return Figure(
        "handler object over a plain async view, a request",
        f"+{median:.1f} µs ({min(more):.1f}-{max(more):.1f})",
        f"plain {statistics.median(each['plain'] for each in rounds):.1f} µs",
        "",
        f"≤ {OVERHEAD_US_MAX:g} µs",
        median <= OVERHEAD_US_MAX,
        rounds,
    )


def _loading() -> Figure:
    with tempfile.TemporaryDirectory(prefix="riskgw-modules-") as home:
        queue = QueueServer(Path(home))
        queue.start()
        try:
            with running(Path(home), queue, SERVERS) as system:
                sha256 = put(system.modules, NAME, code(NAME))
                system.write((PIN, (NAME, f"{NAME}.py", sha256)))
                seconds = [_load(system) for _ in range(LOADS)]
        finally:
            queue.kill()
    return Figure(
        f"a module loaded and answering in {SERVERS} server processes",
        f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}-{max(seconds):.2f})",
        goal=f"≤ {LOAD_SECONDS_MAX:g} s",
        is_met=max(seconds) <= LOAD_SECONDS_MAX,
        rounds=[{"seconds": each} for each in seconds],
    )


def _load(system: Any) -> float:
    """From the order until the last server answers; then it is disabled again."""

    def statuses() -> set[int]:
        return {status for status, _ in system.asked(f"modules/{NAME}/show")}

    began = time.monotonic()
    system.ask(0, "POST", f"modules/{NAME}/load")
    while statuses() != {200}:
        time.sleep(0.01)
    taken = time.monotonic() - began
    system.ask(0, "POST", f"modules/{NAME}/disable")
    while statuses() != {503}:
        time.sleep(0.01)
    return taken


async def _rounds() -> list[dict[str, float]]:
    """The same answer by a plain async view and by a handler of a module, turn by turn."""
    from django.contrib.auth.models import User  # noqa: PLC0415  # needs the apps that are loaded now
    from django.test import RequestFactory  # noqa: PLC0415  # likewise

    from riskgw.plugins.pins import own_pins  # noqa: PLC0415  # likewise
    from riskgw.plugins.registry import Registry  # noqa: PLC0415  # likewise
    from riskgw.web.handlers import LOGGED_IN, Call, Endpoint  # noqa: PLC0415  # likewise
    from riskgw.web.ping import Ping  # noqa: PLC0415  # likewise

    modules, user = Registry(), User()
    modules.begin(own_pins().values())
    row = Endpoint("GET", "ping", Ping, LOGGED_IN, "service")

    async def plain(request: HttpRequest) -> HttpResponse:
        return JsonResponse({"at_ns": time.time_ns()})

    async def by_handler(request: HttpRequest) -> HttpResponse:
        return JsonResponse(modules.answer(row, Call(user, request.GET.dict())).data)

    request = RequestFactory().get("/api/v1/ping")
    await _timed(by_handler, request)
    return [
        {"plain": await _timed(plain, request), "handler": await _timed(by_handler, request)}
        for _ in range(ROUNDS)
    ]


async def _timed(view: View, request: HttpRequest) -> float:
    """Microseconds of CPU a request."""
    began = time.process_time()
    for _ in range(REQUESTS):
        await view(request)
    return (time.process_time() - began) / REQUESTS * 1e6


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    django.setup()
    print(json.dumps(asyncio.run(_rounds())))  # noqa: T201  # read by the parent


if __name__ == "__main__":
    main()
