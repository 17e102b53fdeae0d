"""The running system keeps the first or the last of waiting bytes that differ, as it is set."""

import pytest
from django.conf import LazySettings

from capture.queries import feed_settings
from capture.stages import DecodeStage
from riskgw.shards.entries import Frames, Heard, Results, packed, unpacked
from tests.fakes import Conversation, Packet, captured, szse, szse_logon, szse_order


def contested() -> list[Packet]:
    """The second order comes before the first, and once more as another one."""
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    first = talk.up(szse_order(1))
    at = talk.seqs[0]
    waiting, again = talk.up(szse_order(2)), talk.up(szse_order(3), seq=at)
    return captured([*frames, waiting, again, first])


@pytest.mark.parametrize(
    ("word", "kept"),
    [("first", ["A000000001", "A000000002"]), ("last", ["A000000001", "A000000003"])],
)
def test_what_a_feed_keeps_is_set_by_its_word(
    word: str, kept: list[str], settings: LazySettings
) -> None:
    settings.RISKGW_TCP_OVERLAP = word
    work = DecodeStage("feed", 0, 1, feed_settings()).fresh()
    heard = contested()
    step = work.take(packed(Frames(heard[-1][0], 0, heard, is_end=True)))
    entries = [unpacked(blob) for _, blob in step.blobs]
    references = [
        event.order_ref for each in entries if isinstance(each, Heard) for event in each.events
    ]
    (trouble,) = [t for each in entries if isinstance(each, Results) for t in each.troubles]
    assert references == kept
    assert trouble.kind == "overlap_conflict"
    assert f"the {word} were kept" in trouble.detail
