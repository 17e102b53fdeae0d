"""The decision log becomes rows, once, wherever the writer dies."""

import logging
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from quoting.actions.store_decisions import Replaced, store_decisions, stored_position
from quoting.io.decision_log import START, file_names, read_from
from quoting.management.commands.store_quotes import Follower
from quoting.models import (
    Deal,
    DecisionLog,
    DeskAction,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from tests.quoting.decisions import Run
from tests.quoting.domain.desk import BID, CHANNEL

pytestmark = pytest.mark.django_db
_TABLES = (PublishedQuote, Withdrawal, PriceRequest, Deal, DeskAction)
Rows = dict[str, list[tuple[Any, ...]]]


def stored() -> Rows:
    """Everything but the keys, which batches do not share."""
    found = {}
    for model in _TABLES:
        names = [field.name for field in model._meta.fields if field.name not in ("id", "log")]
        rows = model.objects.order_by("log__name", "line", "place")
        found[model.__name__] = list(rows.values_list("log__name", *names))
    return found


def store(folder: Path, size: int) -> None:
    """In batches of so many decisions."""
    before = stored_position()
    read = list(read_from(folder, before))
    for start in range(0, len(read), size):
        before = store_decisions(read[start : start + size], before)


def drain(folder: Path) -> int:
    return Follower(folder).drain(lambda: False)


def forget() -> None:
    for model in (*_TABLES, DecisionLog):
        model.objects.all().delete()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Run(tmp_path).day().log.close()
    return tmp_path


def test_a_day_of_a_desk_is_stored(folder: Path) -> None:
    drain(folder)
    quotes = PublishedQuote.objects.all()
    assert quotes.count() == 6 * 8
    assert set(quotes.values_list("answer", flat=True)) == {"acknowledged"}
    newest = quotes.filter(side="bid", level=0).order_by("-id")[0]
    assert (newest.price, newest.market, newest.channel) == (BID + 5, BID + 5, CHANNEL)
    assert not newest.is_manual
    assert newest.answered_ns == newest.at_ns + 1_000_000
    assert [row.reason for row in Withdrawal.objects.order_by("id")] == ["reconciled", "stopped"]
    deal = Deal.objects.get()
    assert (deal.deal, deal.party, deal.is_accepted, deal.price) == ("D1", "BANKX", True, BID + 5)
    request = PriceRequest.objects.get()
    assert (request.bid, request.answered_ns) == (BID + 5, request.at_ns)
    assert [(row.by, row.act) for row in DeskAction.objects.order_by("id")] == [
        ("", "configure"), ("mary", "start"), ("mary", "stop_all"),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_however_it_is_cut_into_batches_the_rows_are_the_same(folder: Path, size: int) -> None:
    drain(folder)
    whole = stored()
    forget()
    store(folder, size)
    assert stored() == whole


def test_what_is_stored_is_not_read_again(folder: Path) -> None:
    assert drain(folder) > 0
    before = stored()
    assert drain(folder) == 0
    assert stored() == before


def test_what_is_written_later_is_stored_later(tmp_path: Path) -> None:
    run = Run(tmp_path)
    follower = Follower(tmp_path)
    follower.drain(lambda: False)
    run.day()
    assert follower.drain(lambda: False) > 0
    assert Deal.objects.count() == 1


def test_rows_are_let_in_once_even_if_the_place_was_lost(folder: Path) -> None:
    drain(folder)
    counts = {model: model.objects.count() for model in _TABLES}
    log = DecisionLog.objects.get()
    DecisionLog.objects.update(stored_bytes=0)
    assert stored_position() == (log.name, 0)
    drain(folder)
    assert {model: model.objects.count() for model in _TABLES} == counts


def test_a_second_writer_stores_nothing_and_finds_out(folder: Path) -> None:
    read = list(read_from(folder))
    store_decisions(read[:5], START)
    before = stored()
    with pytest.raises(Replaced):
        store_decisions(read[:7], START)
    place = read[2][0]
    with pytest.raises(Replaced):
        store_decisions(read[3:7], place)
    assert stored() == before
    store_decisions(read[5:], read[4][0])
    assert Deal.objects.count() == 1


def test_what_a_killed_engine_sent_is_never_answered(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.answers = False
    run.day().log.close()
    drain(tmp_path)
    assert not PublishedQuote.objects.filter(answered_ns__isnull=False).exists()
    later = Run(tmp_path, after_ns=10**12)
    later.day().log.close()
    store(tmp_path, 4)
    first, second = DecisionLog.objects.order_by("name")
    answers = PublishedQuote.objects.order_by("log_id").values_list("log_id", "answer").distinct()
    assert set(answers) == {(first.pk, "lost"), (second.pk, "acknowledged")}


def test_decisions_that_were_removed_are_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(tmp_path).day()
    follower = Follower(tmp_path)
    follower.drain(lambda: False)
    run.log.close()
    Run(tmp_path, after_ns=10**12).day().log.close()
    gone, kept = file_names(tmp_path)
    (tmp_path / gone).unlink()
    with caplog.at_level(logging.ERROR):
        assert follower.drain(lambda: False) > 0
    assert gone in caplog.text
    assert stored_position().file == kept
    assert Deal.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_writers_at_once_one_stores(folder: Path) -> None:
    read = list(read_from(folder))
    store_decisions(read[:3], START)
    place = read[2][0]
    ends: list[str] = []

    def write() -> None:
        try:
            store_decisions(read[3:], place)
            ends.append("stored")
        except Replaced:
            ends.append("replaced")
        finally:
            connection.close()

    writers = [Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(ends) == ["replaced"] * 3 + ["stored"]
    assert Deal.objects.count() == 1
    assert PublishedQuote.objects.count() == 6 * 8
