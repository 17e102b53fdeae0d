"""`replay` into the running system: order it, wait for it, tell what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from monitoring.domain.live_alert import is_of_shard
from riskgw.bus.connection import Client
from riskgw.wiring.load import load
from riskgw.wiring.replays import cancel_replay, is_judged, is_played, progress, start_replay

# After the last packet is sent, decoding and rules have this long to finish.
JUDGE_SECONDS_MAX = 120
_POLL_SECONDS = 0.1
_LINE_FIELDS = (
    "rule", "version", "level", "key", "time_ns", "values", "order_count", "order_refs", "late",
    "evidence",
)  # fmt: skip


class Unfinished(RuntimeError):
    """The system did not come to the end of the replay."""


class LiveReplay:
    """One replay from its order to its last alert."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._channel = client.pubsub(ignore_subscribe_messages=True)
        self._channel.subscribe("live.alerts")
        self._started = time.perf_counter()
        self._number = 0
        self.alerts: list[dict[str, Any]] = []
        # Messages that this command did not hear while the queue server was away.
        self.missed = 0

    def run(self, files: Sequence[Path], speed: float, tell: Callable[[str], None]) -> None:
        """Until everything is judged; an interrupted one is cancelled."""
        load(self._client)
        order = start_replay(self._client, files, speed)
        try:
            while not is_played(self._client, order):
                self._listen()
                tell(self._progress())
            self._finish()
        except BaseException:
            cancel_replay(self._client, order)
            raise

    def lines(self) -> list[dict[str, Any]]:
        """Alert lines as `replay --inline` prints them, except that orders are listed in part."""
        lines = [
            {"kind": "alert", **{name: alert[name] for name in _LINE_FIELDS}}
            for alert in self.alerts
        ]
        return sorted(lines, key=lambda line: [line[name] for name in ("time_ns", "rule", "level")])

    def summary(self) -> dict[str, Any]:
        counts: dict[str, Counter[str]] = {}
        for alert in self.alerts:
            counts.setdefault(alert["rule"], Counter())[alert["level"]] += 1
        packets = [done.packets for done in progress(self._client).values() if done]
        return {
            "kind": "summary",
            "packets": max(packets, default=0),
            "alerts": {rule: dict(levels) for rule, levels in sorted(counts.items())},
            "missed": self.missed,
            "seconds": round(time.perf_counter() - self._started, 3),
        }

    def _finish(self) -> None:
        ends = time.monotonic() + JUDGE_SECONDS_MAX
        while not is_judged(self._client):
            self._listen()
            if time.monotonic() > ends:
                raise Unfinished(f"not everything was judged within {JUDGE_SECONDS_MAX} s")
        self._listen()

    def _listen(self) -> None:
        ends = time.monotonic() + _POLL_SECONDS
        while (left := ends - time.monotonic()) > 0:
            message = self._channel.get_message(timeout=left)
            if message is None:
                continue
            number, _, text = message["data"].partition(b" ")
            if self._number:
                self.missed += int(number) - self._number - 1
            self._number = int(number)
            change = msgspec.json.decode(text)
            # What hosts and business figures raise meanwhile is not of what is replayed.
            if change["change"] == "raised" and is_of_shard(change["alert"]["id"]):
                self.alerts.append(change["alert"])

    def _progress(self) -> str:
        parts = (
            f"{feed} {done.packets:,}" for feed, done in progress(self._client).items() if done
        )
        return f"packets read: {', '.join(parts)}; alerts: {len(self.alerts)}"
