"""A sensor: packets of one order feed, from a mirror port or a capture, into `frames.<feed>.<p>`.

Every tick one blob a partition, also an empty one: it carries the time up to which all was seen.
"""

import logging
import time
from collections.abc import Callable

import msgspec

from capture.io.live_interface import LiveInterface
from capture.io.playback import Playback, seconds_to_tick
from capture.wire.feed_filter import FeedFilter
from capture.wire.pcap_run import Packet
from riskgw.bus.connection import Line, connect
from riskgw.bus.figures import Figures
from riskgw.bus.lease import Lease
from riskgw.bus.streams import (
    STREAM_ENTRIES_MAX,
    Fenced,
    Step,
    checkpoint_key,
    commit,
    wait_for_room,
)
from riskgw.shards.entries import Frames, packed
from riskgw.shards.replay_order import (
    PATIENCE_NS,
    Progress,
    ReplayOrder,
    order_from_json,
    progress_from_json,
)

IDLE_SECONDS = 0.1
# Stands in for the order's id while a sensor listens to an interface.
LIVE = "live"
# The id of an order that is to end before its time.
CANCELLED_KEY = "replay.cancelled"

_log = logging.getLogger(__name__)


def order_key(feed: str) -> str:
    """Where a sensor finds what to replay."""
    return f"replay.{feed}"


class Sensor:
    """One process a feed: a second one for the same feed waits until the first is gone."""

    def __init__(self, feed: str, chosen: FeedFilter, partitions: int) -> None:
        self.feed = feed
        self.name = f"sensor.{feed}"
        self._client = connect()
        self._line = Line(self._client)
        self._lease = Lease(self._client, self.name)
        self._filter = chosen
        self._streams = [f"frames.{feed}.{number}" for number in range(partitions)]
        self._packets = 0
        self._figures = Figures(self._client, self.name)

    def replays(self, is_stopping: Callable[[], bool]) -> None:
        """Play what is ordered, from where this or an earlier process has stopped."""
        while not is_stopping():
            if not self._lease.acquire():
                time.sleep(IDLE_SECONDS)
                continue
            self._show("idle")
            order = self._ordered()
            if order is None:
                time.sleep(IDLE_SECONDS)
                continue
            try:
                self._play(order, is_stopping)
            except Fenced:
                _log.warning("%s: another process has taken over", self.name)
        self._lease.release()

    def listen(self, interface: str, is_stopping: Callable[[], bool]) -> None:
        """Carry what a mirror port shows, as it comes."""
        live = LiveInterface(interface, self._filter.bpf())
        heard = 0
        try:
            while not is_stopping():
                if not self._lease.acquire():
                    time.sleep(IDLE_SECONDS)
                    continue
                frames = self._heard(live)
                heard += sum(len(each.packets) for each in frames)
                try:
                    self._publish(frames, Progress(LIVE, heard, frames[0].until_ns))
                except Fenced:
                    _log.warning("%s: another process has taken over", self.name)
                if self._show("live", live.dropped) and (drops := live.count_drops()):
                    _log.error("%s: the kernel dropped %d packets", self.name, drops)
        finally:
            live.close()
            self._lease.release()

    def _heard(self, live: LiveInterface) -> list[Frames]:
        """One tick, up to now."""
        chosen: list[list[Packet]] = [[] for _ in self._streams]
        for packet in live.packets(time.monotonic() + seconds_to_tick(time.time_ns())):
            for number, each in self._filter.routed(packet):
                chosen[number].append(each)
        now_ns = time.time_ns()
        return [Frames(now_ns, PATIENCE_NS, packets) for packets in chosen]

    def progress(self) -> Progress | None:
        """What was committed last."""
        stored = self._client.get(checkpoint_key(self.name))
        return progress_from_json(stored) if stored else None

    def _ordered(self) -> ReplayOrder | None:
        """The current order, unless it is done."""
        stored = self._client.get(order_key(self.feed))
        if stored is None:
            return None
        order = order_from_json(stored)
        done = self.progress()
        return None if done and done.order == order.id and done.is_done else order

    def _play(self, order: ReplayOrder, is_stopping: Callable[[], bool]) -> None:
        done = self.progress()
        skipped = done.packets if done and done.order == order.id else 0
        if skipped:
            _log.warning("%s: goes on at packet %d", self.name, skipped)
        play = Playback(order, self._filter, len(self._streams), skipped)
        while not is_stopping():
            frames = play.tick(time.time_ns())
            self._publish(frames, play.progress)
            if self._show("live") and self._is_cancelled(order):
                play.cancel()
            if play.progress.is_done:
                return
            if not play.is_full:
                time.sleep(seconds_to_tick(time.time_ns()))

    def _publish(self, frames: list[Frames], progress: Progress) -> None:
        """Blobs and progress in one: what was sent is never sent again."""
        self._packets += sum(len(each.packets) for each in frames)
        blobs = [(stream, packed(each)) for stream, each in zip(self._streams, frames, strict=True)]
        position = msgspec.json.encode(progress)
        longest = commit(self._line, self._lease, self.name, position, [Step(blobs)])
        if longest > STREAM_ENTRIES_MAX:
            wait_for_room(self._client, self._lease, self._streams)

    def _is_cancelled(self, order: ReplayOrder) -> bool:
        return bool(self._client.get(CANCELLED_KEY) == order.id.encode())

    def _show(self, state: str, dropped: int = 0) -> bool:
        """Figures for the health page, now and then; whether it was time for them."""
        packets = self._packets
        return self._figures.show(lambda: {"packets": packets, "state": state, "dropped": dropped})
