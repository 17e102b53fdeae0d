"""Replays into the running system: the sensors play captures with the capture's own timing."""

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec
from django.conf import settings

from capture.io.pcap_files import CaptureFile
from capture.io.sensor import CANCELLED_KEY, order_key
from capture.queries import open_captures
from monitoring.models import UnloadPosition
from riskgw.bus.connection import Client
from riskgw.bus.streams import checkpoint_key
from riskgw.shards.entries import Opening, packed
from riskgw.shards.replay_order import (
    Progress,
    ReplayOrder,
    order_from_json,
    progress_from_json,
)
from riskgw.wiring.partitions import (
    PartitionPlan,
    order_streams,
    plans,
    result_streams,
    sources,
)

# Time for the sensors to see the order before its clock starts.
_HEAD_START_NS = 300_000_000
CANCEL_SECONDS_MAX = 15
_POLL_SECONDS = 0.1


class ReplayRunning(RuntimeError):
    """The sensors are busy with another order, or with an interface."""


def start_replay(
    client: Client, files: Sequence[Path], speed: float, *, is_demo: bool = False
) -> ReplayOrder:
    """Order the sensors to play captures; the demo's days give way to what a person wants."""
    first_ns = min(_first_ns(file) for file in open_captures(files))
    for name, settled in settings.RISKGW_FEEDS.items():
        if interface := settled.get("interface"):
            raise ReplayRunning(f"{name} listens to {interface}: nothing is replayed beside it")
    _make_way(client)
    order = ReplayOrder(
        id=uuid.uuid4().hex,
        files=tuple(str(path.resolve()) for path in files),
        speed=speed,
        started_ns=time.time_ns() + _HEAD_START_NS,
        first_ns=first_ns,
        is_demo=is_demo,
    )
    with client.pipeline(transaction=True) as pipeline:
        opening = packed(Opening(tuple(sources())))
        for stream in order_streams():
            pipeline.xadd(stream, {"b": opening})
        text = msgspec.json.encode(order)
        for feed in settings.RISKGW_FEEDS:
            pipeline.set(order_key(feed), text)
        pipeline.execute()
    return order


def unfinished(client: Client) -> list[str]:
    """The feeds whose sensor has still to send some of its last order."""
    return [feed for feed in settings.RISKGW_FEEDS if _is_busy(client, feed)]


def _is_busy(client: Client, feed: str) -> bool:
    stored = client.get(order_key(feed))
    if stored is None:
        return False
    done = _progress(client.get(checkpoint_key(f"sensor.{feed}")))
    return done is None or done.order != order_from_json(stored).id or not done.is_done


def _first_ns(file: CaptureFile) -> int:
    """When a capture begins; one without packets does not delay the others."""
    for packet in file:
        return packet[0]
    return 1 << 62


def progress(client: Client) -> dict[str, Progress | None]:
    """How far each sensor is; None before its first replay."""
    return {
        feed: _progress(client.get(checkpoint_key(f"sensor.{feed}")))
        for feed in settings.RISKGW_FEEDS
    }


def is_played(client: Client, order: ReplayOrder) -> bool:
    """Whether all sensors have sent everything."""
    return all(
        done is not None and done.order == order.id and done.is_done
        for done in progress(client).values()
    )


def _progress(stored: bytes | None) -> Progress | None:
    return progress_from_json(stored) if stored else None


def cancel_replay(client: Client, order: ReplayOrder) -> None:
    """The sensors end what they play at their next look."""
    client.set(CANCELLED_KEY, order.id)


def _make_way(client: Client) -> None:
    ends = time.monotonic() + CANCEL_SECONDS_MAX
    while busy := unfinished(client):
        running = order_from_json(client.get(order_key(busy[0])))
        if not running.is_demo:
            raise ReplayRunning(f"{', '.join(busy)}: another replay is running")
        if time.monotonic() > ends:
            raise ReplayRunning(f"{', '.join(busy)}: the sensors do not answer")
        cancel_replay(client, running)
        time.sleep(_POLL_SECONDS)


def is_judged(client: Client) -> bool:
    """Whether all that the sensors have sent has gone through decoding and rules."""
    return all(_is_read(client, plan) for plan in plans() if plan.stream)


def is_stored(client: Client) -> bool:
    """Whether unload has come to the end of what was found."""
    stored = dict(UnloadPosition.objects.values_list("stream", "last_id"))
    for stream in result_streams():
        newest = client.xrevrange(stream, count=1)
        if newest and newest[0][0].decode() != stored.get(stream):
            return False
    return True


def _is_read(client: Client, plan: PartitionPlan) -> bool:
    newest = client.xrevrange(plan.stream, count=1)
    position = client.get(checkpoint_key(plan.name))
    return not newest or newest[0][0] == position
