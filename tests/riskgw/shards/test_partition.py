"""Which shard a key belongs to."""

from collections import Counter

from riskgw.shards.partition import shard_of


def test_a_key_has_the_same_shard_in_every_process() -> None:
    assert [shard_of(key, 4) for key in ("G001", "G002", "股东", "")] == [1, 3, 1, 0]


def test_keys_spread_over_all_shards() -> None:
    counts = Counter(shard_of(f"G{number:03}", 4) for number in range(400))
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 60
