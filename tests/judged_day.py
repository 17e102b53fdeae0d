"""Judges one half of a day's events, the other from a snapshot on; a process of its own.

`python -m tests.judged_day CAPTURE LABELS RULES SNAPSHOT` writes the snapshot where there is none
yet. Says how it was compiled, and in JSON how many alerts there were and what all is by digest.
"""

import json
import sys
from hashlib import blake2b
from pathlib import Path

import msgspec

from capture.queries import open_captures
from monitoring.domain.shard import RiskShard
from monitoring.domain.snapshots import SHARD
from riskgw import compiled
from riskgw.cep.spec import rules_from_json
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import base_from_labels
from riskgw.shards.entries import Heard
from riskgw.wiring.inline import InlineReplay

_EVENTS_AT_A_TIME, _PATIENCE_NS = 20, 5_000_000


def main(capture: Path, labels: Path, rules: Path, snapshot: Path) -> None:
    base = base_from_labels(labels.read_bytes())
    events = list(InlineReplay(base, ()).events_of(open_captures([capture])))
    middle = len(events) // 2
    is_first = not snapshot.exists()
    if is_first:
        shard, chosen = RiskShard(base, rules_from_json(rules.read_bytes())), events[:middle]
    else:
        shard, chosen = SHARD.load(snapshot.read_bytes()), events[middle:]
    alerts: list[Alert] = []
    for start in range(0, len(chosen), _EVENTS_AT_A_TIME):
        part = chosen[start : start + _EVENTS_AT_A_TIME]
        for judged in shard.hear(Heard("day", part[-1].at_ns, _PATIENCE_NS, part)):
            alerts += judged.alerts
    state = SHARD.dump(shard)
    if is_first:
        snapshot.write_bytes(state)
    found = {
        "alerts": len(alerts),
        "told": _digest(msgspec.json.encode(alerts)),
        "state": _digest(state),
    }
    sys.stdout.write(f"{compiled.NAME} {json.dumps(found)}\n")


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
