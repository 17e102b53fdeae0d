"""Load (urtinit): what the core needs of the database, sent to every partition when it changes."""

import time

from monitoring.actions.tell_restriction import lift as lift_restrictions
from monitoring.restriction_queries import released_since
from monitoring.rule_queries import live_rules, rules_mark
from riskgw.bus.connection import Client
from riskgw.reference.queries import base_data, base_mark, stored_sessions
from riskgw.shards.entries import Load, packed
from riskgw.wiring.partitions import frame_streams, order_streams

_MARK_KEY, _LIFTED_KEY = "load.mark", "load.lifted"
# Written once, by whoever sees the change first, to all streams or none.
_SEND = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
for at = 3, #ARGV do redis.call('XADD', ARGV[at], '*', 'b', ARGV[2]) end
return 1
"""


def lift(client: Client) -> int:
    """Releases the shards may not have heard of, because the queue server was away; how many."""
    steps = released_since(int(client.get(_LIFTED_KEY) or 0))
    if steps:
        lift_restrictions(client, (number for _, number in steps))
        client.set(_LIFTED_KEY, steps[-1][0])
    return len(steps)


def load(client: Client) -> bool:
    """Send base data and rules if they differ from what was sent last; whether they did."""
    # Read before the data: a change in between is sent at the next look.
    mark = f"{base_mark()} {rules_mark()}"
    if client.get(_MARK_KEY) == mark.encode():
        return False
    now_ns = time.time_ns()
    base = base_data(stored_sessions().trading_day(now_ns))
    entry = packed(Load(base, tuple(live_rules()), now_ns))
    streams = [*frame_streams(), *order_streams()]
    return bool(client.eval(_SEND, 1, _MARK_KEY, mark, entry, *streams))
