"""Tell counters and screens of a change: the topic after the commit, webhooks in it."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from monitoring.actions.enqueue_webhook import Listener, enqueue_webhook
from monitoring.domain.restrictions import change_message
from riskgw.bus.announce import announce_on_commit
from riskgw.bus.connection import Client, Unreachable, connect_once
from riskgw.bus.streams import FIELD
from riskgw.messages.restriction import Change, Restriction
from riskgw.shards.entries import Lifted, packed

# Asked before the transaction, or None.
Listeners = Sequence[Listener] | None


def tell_restriction(
    change: Change, restriction: Restriction, listeners: Listeners = None, **more: Any
) -> None:
    """By topic and webhook; shards learn of a release, so that the rule may restrict anew."""
    topic, data = change_message(change, restriction, **more)
    announce_on_commit(topic, data)
    enqueue_webhook(topic, data, listeners)
    if change is Change.RELEASED:
        transaction.on_commit(partial(_lift, restriction.id))


def tell_webhooks(change: Change, restriction: Restriction, listeners: Listeners = None) -> None:
    """Of what the shard has told on the topic already."""
    topic, data = change_message(change, restriction)
    enqueue_webhook(topic, data, listeners)


def lift(client: Client, ids: Iterable[str]) -> None:
    """To all shards: these restrictions are no more."""
    entry = packed(Lifted(tuple(ids)))
    with client.pipeline(transaction=True) as pipeline:
        for shard in range(settings.RISKGW_SHARDS):
            pipeline.xadd(f"orders.{shard}", {FIELD: entry})
        pipeline.execute()


def _lift(number: str) -> None:
    """If the queue server is away, load sends it later."""
    try:
        with connect_once() as client:
            lift(client, (number,))
    except Unreachable:
        return
