"""Every partition of every stage: its task, its queue, its streams."""

from typing import NamedTuple

from django.conf import settings

UNLOAD = "unload"


class PartitionPlan(NamedTuple):
    """`name` is that of its queue, lease and checkpoint; `source_name` what the source calls it."""

    name: str
    task: str
    arguments: tuple[str | int, ...]
    stream: str
    source_name: str


def sources() -> list[str]:
    """The decode partitions of all feeds: urfront.0."""
    return [
        f"{feed}.{number}"
        for feed in settings.RISKGW_FEEDS
        for number in range(settings.RISKGW_DECODE_PARTITIONS)
    ]


def frame_streams() -> list[str]:
    return [f"frames.{source}" for source in sources()]


def order_streams() -> list[str]:
    return [f"orders.{shard}" for shard in range(settings.RISKGW_SHARDS)]


def result_streams() -> list[str]:
    """Everything unload reads."""
    return [f"results.{name}" for name in (*range(settings.RISKGW_SHARDS), *sources())]


def plans() -> list[PartitionPlan]:
    """In the order of the way of the data."""
    decode = [
        PartitionPlan(
            f"decode.{feed}.{number}",
            "capture.decode",
            (feed, number),
            f"frames.{feed}.{number}",
            feed,
        )
        for feed in settings.RISKGW_FEEDS
        for number in range(settings.RISKGW_DECODE_PARTITIONS)
    ]
    evaluate = [
        PartitionPlan(
            f"evaluate.{shard}", "monitoring.evaluate", (shard,), f"orders.{shard}", f"core {shard}"
        )
        for shard in range(settings.RISKGW_SHARDS)
    ]
    unload = PartitionPlan(UNLOAD, "monitoring.unload", tuple(result_streams()), "", "urtmdb")
    return [*decode, *evaluate, unload]
