"""CMDS-like snapshots and increments."""

from typing import Any

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from quoting.domain.events import ProviderDown, Tick
from quoting.domain.source_settings import SourceKind
from quoting.wire.fix import messages as fix
from quoting.wire.fix.codec import Codec, Sending
from quoting.wire.fix.values import FieldRefused
from quoting.wire.sources.cmds import ENTRIES_MAX, CmdsBook
from quoting.wire.sources.problems import Said, Trouble
from tests.quoting.wire.sources.words import AT_NS, CNY, JPY, SOURCE, events, settings, troubles

M = 1_000_000
GOOD = Tick(CNY, SOURCE, "BCHO", ((64_688, M),), ((64_701, M),), AT_NS, 7)


def book() -> CmdsBook:
    return CmdsBook(settings(SourceKind.CMDS), "V1")


def bid(price: str | None, **more: object) -> fix.SnapshotEntry:
    fields = {"size": "1000000", "provider": "BCHO", **more}
    return fix.SnapshotEntry(fix.BID, price, **fields)  # type: ignore[arg-type]  # by name


def ask(price: str | None, **more: object) -> fix.SnapshotEntry:
    return bid(price, **more)._replace(entry_type=fix.OFFER)


def snapshot(to: CmdsBook, *entries: fix.SnapshotEntry, pair: str = CNY) -> Said:
    return to.snapshot(fix.Snapshot(pair, "V1", entries), 7, AT_NS)


def change(to: CmdsBook, action: str, *, at_ns: int = AT_NS, **fields: object) -> Said:
    entry = fix.RefreshEntry(action, **fields)  # type: ignore[arg-type]  # by name
    return to.refresh(fix.Refresh("V1", (entry,)), 7, at_ns)


def test_the_request_names_every_pair_both_sides_and_updates() -> None:
    request = book().request()
    assert request == fix.MarketDataRequest(
        "V1", "1", 0, 1, (fix.EntryType("0"), fix.EntryType("1")),
        (fix.WantedPair(CNY), fix.WantedPair(JPY)),
    )  # fmt: skip


def test_a_snapshot_is_a_price_of_each_provider() -> None:
    said = snapshot(
        book(), bid("6.4688"), ask("6.4701"),
        bid("6.469", provider="ICBC", size="5000000"), ask("6.4700", provider="ICBC"),
    )  # fmt: skip
    icbc = Tick(CNY, SOURCE, "ICBC", ((64_690, 5 * M),), ((64_700, M),), AT_NS, 7)
    assert said == [GOOD, icbc]


def test_steps_are_in_the_order_of_their_positions_else_of_their_prices() -> None:
    by_position = snapshot(
        book(), ask("6.4705", position=2), ask("6.4701", position=1), bid("6.4688", position=1)
    )
    by_price = snapshot(
        book(), ask("6.4705", entry_id="a"), ask("6.4701", entry_id="b"), bid("6.4688")
    )
    assert by_position == by_price
    assert by_position[0].asks == ((64_701, M), (64_705, M))  # type: ignore[union-attr]  # a Tick


def test_times_are_of_the_entry_and_without_one_of_the_message() -> None:
    said = snapshot(
        book(), bid("6.4688", date=20260304, time="02:29:59.5"), ask("6.4701", time="02:29:58")
    )
    (tick,) = events(said)
    assert isinstance(tick, Tick)
    assert tick.source_ns == AT_NS - 625_000_000
    late = snapshot(book(), bid("6.4688", time="99:00:00"), ask("6.4701"))
    assert troubles(late) == [Trouble.NO_TIME]
    assert events(late) == [GOOD]


def test_an_increment_changes_one_side_and_leaves_the_other() -> None:
    to = book()
    snapshot(to, bid("6.4688"), ask("6.4701"))
    assert change(to, "1", entry_type="0", pair=CNY, price="6.4690", provider="BCHO") == [
        Tick(CNY, SOURCE, "BCHO", ((64_690, M),), ((64_701, M),), AT_NS, 7)
    ]
    assert change(to, "1", entry_type="0", pair=CNY, size="2000000", provider="BCHO") == [
        Tick(CNY, SOURCE, "BCHO", ((64_690, 2 * M),), ((64_701, M),), AT_NS, 7)
    ]


def test_an_entry_is_found_by_its_id_alone() -> None:
    to = book()
    snapshot(to, bid("6.4688", entry_id="b1"), ask("6.4701", entry_id="a1"))
    assert events(change(to, "1", entry_id="b1", price="6.4680")) == [
        Tick(CNY, SOURCE, "BCHO", ((64_680, M),), ((64_701, M),), AT_NS, 7)
    ]
    assert events(change(to, "2", entry_id="b1")) == [
        Tick(CNY, SOURCE, "BCHO", (), ((64_701, M),), AT_NS, 7)
    ]
    assert change(to, "2", entry_id="a1") == [ProviderDown(CNY, SOURCE, "BCHO")]
    assert troubles(change(to, "1", entry_id="a1", price="6.47")) == [Trouble.UNKNOWN_ENTRY]


def test_an_id_that_is_new_belongs_to_the_entry_of_the_snapshot_at_its_place() -> None:
    to = book()
    snapshot(to, bid("6.4688", position=1), bid("6.4686", position=2), ask("6.4701", position=1))
    place: dict[str, Any] = {"entry_type": "0", "pair": CNY, "provider": "BCHO", "position": 1}
    (tick,) = events(change(to, "1", entry_id="x", price="6.4689", **place))
    assert isinstance(tick, Tick)
    assert tick.bids == ((64_689, M), (64_686, M))
    (tick,) = events(change(to, "1", entry_id="x", price="6.4690"))
    assert isinstance(tick, Tick)
    assert tick.bids == ((64_690, M), (64_686, M))


def test_what_is_not_there_cannot_be_deleted() -> None:
    said = change(book(), "2", entry_type="0", pair=CNY, provider="BCHO")
    assert troubles(said) == [Trouble.UNKNOWN_ENTRY]


def test_a_provider_that_a_new_snapshot_leaves_out_has_no_price() -> None:
    to = book()
    snapshot(to, bid("6.4688", provider="ICBC"), bid("6.4688"), ask("6.4701"))
    assert snapshot(to, bid("6.4688"), ask("6.4701")) == [GOOD, ProviderDown(CNY, SOURCE, "ICBC")]
    assert snapshot(to) == [ProviderDown(CNY, SOURCE, "BCHO")]


def test_a_closed_quote_is_none() -> None:
    to = book()
    snapshot(to, bid("6.4688"), ask("6.4701"))
    said = change(to, "1", entry_type="0", pair=CNY, provider="BCHO", condition="B")
    assert events(said) == [Tick(CNY, SOURCE, "BCHO", (), ((64_701, M),), AT_NS, 7)]


def test_a_price_between_two_ticks_takes_the_providers_price_away() -> None:
    to = book()
    snapshot(to, bid("6.4688"), ask("6.4701"))
    said = change(to, "1", entry_type="0", pair=CNY, price="6.46885", provider="BCHO")
    assert troubles(said) == [Trouble.OFF_GRID]
    assert events(said) == [ProviderDown(CNY, SOURCE, "BCHO")]
    # The other side alone does not bring it back, a price that can be read does.
    said = change(to, "1", entry_type="1", pair=CNY, price="6.4701", provider="BCHO")
    assert events(said) == [ProviderDown(CNY, SOURCE, "BCHO")]
    said = change(to, "1", entry_type="0", pair=CNY, price="6.4688", provider="BCHO")
    assert said == [GOOD]


def test_another_subscriptions_prices_are_not_ours() -> None:
    to = book()
    entries = (bid("6.4688"), ask("6.4701"))
    assert to.snapshot(fix.Snapshot(CNY, "V0", entries), 7, AT_NS) == []
    assert to.snapshot(fix.Snapshot(CNY, None, entries), 7, AT_NS) == [GOOD]


def test_a_pair_nobody_asked_for_is_named() -> None:
    assert troubles(snapshot(book(), bid("1"), pair="EUR.USD")) == [Trouble.UNKNOWN_SYMBOL]
    assert troubles(change(book(), "0", entry_type="0", pair="X")) == [Trouble.UNKNOWN_SYMBOL]


def test_entries_of_a_pair_are_limited() -> None:
    to = book()
    entries = tuple(
        fix.RefreshEntry("0", "0", f"e{number}", CNY, "6.4688", "1", provider="BCHO")
        for number in range(ENTRIES_MAX + 1)
    )
    said: Said = []
    for at in range(0, len(entries), 900):
        said += to.refresh(fix.Refresh("V1", entries[at : at + 900]), 7, AT_NS)
    assert troubles(said) == [Trouble.TOO_MANY]


texts = st.none() | st.sampled_from(("0", "1", "2", "B", "a1", "b1", "BCHO", CNY, JPY, "X", ""))
prices = st.none() | st.sampled_from(("6.4688", "6.46885", "-1", "0", "99999999999999", ".5"))
refreshes = st.builds(
    fix.RefreshEntry, st.sampled_from("012"), texts, texts, texts, prices, prices,
    st.none() | st.just(20260304), st.none() | st.text(max_size=12), texts, texts,
    st.none() | st.integers(-3, 40),
)  # fmt: skip
snapshots = st.builds(
    fix.SnapshotEntry, st.sampled_from(("0", "1", "2", "")), prices, prices,
    st.none() | st.just(20260304), st.none() | st.text(max_size=12), texts, texts, texts,
    st.none() | st.integers(-3, 40),
)  # fmt: skip


@examples(max_examples=40)
@given(st.lists(st.lists(refreshes, max_size=4) | st.lists(snapshots, max_size=4), max_size=8))
def test_whatever_a_source_says_events_are_ticks_of_pairs_we_know(
    turns: list[list[fix.RefreshEntry | fix.SnapshotEntry]],
) -> None:
    to = book()
    for entries in turns:
        if entries and isinstance(entries[0], fix.SnapshotEntry):
            said = to.snapshot(fix.Snapshot(CNY, None, tuple(entries)), 1, AT_NS)  # type: ignore[arg-type]  # all are
        else:
            said = to.refresh(fix.Refresh(None, tuple(entries)), 1, AT_NS)  # type: ignore[arg-type]  # all are
        for event in events(said):
            assert isinstance(event, Tick | ProviderDown)
            assert event.pair in (CNY, JPY)
            if isinstance(event, Tick):
                assert event.bids or event.asks


@examples(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 300), st.text(alphabet="0123456789.-ABC:", max_size=9))))
def test_whatever_fields_come_by_fix_they_are_refused_or_read(
    fields: list[tuple[int, str]],
) -> None:
    codec = Codec()
    ours = fix.Refresh("V1", (fix.RefreshEntry("0", "0", None, CNY, "6.4688", "1"),))
    data = codec.encode(ours, Sending("CMDS", "RISKGW", 1, AT_NS))
    head, _, _ = data.partition(b"10=")
    data = (
        head + b"".join(b"%d=%s\x01" % (tag, text.encode()) for tag, text in fields) + b"10=000\x01"
    )
    envelope = codec.open(data)
    try:
        message = codec.read(envelope)
    except FieldRefused:
        return
    assert isinstance(message, fix.Refresh)
    book().refresh(message, 1, AT_NS)
