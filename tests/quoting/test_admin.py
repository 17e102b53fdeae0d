"""The admin pages of quoting: what is changed reaches the engine, what has happened only shows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from quoting.models import (
    CleansedPrice,
    CurrencyHoliday,
    Deal,
    DeskAction,
    Pair,
    PriceRequest,
    PublishedQuote,
    QuoteChannel,
    Withdrawal,
)
from quoting.queries import ending_holidays, engine_settings
from tests.pages import as_shown, signed_in
from tests.quoting.rows import PAIR, made_pair
from tests.quoting.running_engine import running

pytestmark = pytest.mark.django_db
PLACE: dict[str, Any] = {"log_id": 1, "line": 1, "place": 0, "at_ns": 10**18, "pair": PAIR}
SENT: dict[str, Any] = {**PLACE, "channel": "CHANNEL1", "quote": 7, "side": "bid", "level": 0}


def make_facts() -> None:
    PublishedQuote.objects.create(**SENT, price=64_688, size=10**6, market=64_690)
    Withdrawal.objects.create(**SENT, reason="stopped", answered_ns=10**18 + 5_000_000)
    PriceRequest.objects.create(**PLACE, request="R1", size=1, bid=64_688)
    Deal.objects.create(
        **PLACE, deal="=D1", side="bid", size=1, price=64_688, is_accepted=True, requested_ns=1,
        tolerance=2,
    )  # fmt: skip
    DeskAction.objects.create(**PLACE, by="mary", act="enter", value=64_688)
    CleansedPrice.objects.create(
        **PLACE, source="S", provider="P", rule="crossed", value=1, bound=0, bid=64_688, ask=64_600
    )


def page(model: str, what: str, *arguments: Any) -> str:
    return reverse(f"admin:quoting_{model}_{what}", args=arguments)


@pytest.mark.parametrize(
    "model",
    ["publishedquote", "withdrawal", "pricerequest", "deal", "deskaction", "cleansedprice"],
)
def test_what_has_happened_is_shown_in_the_decimals_of_its_pair(
    model: str, django_assert_max_num_queries: Any
) -> None:
    made_pair()
    make_facts()
    client = signed_in("auditor")
    with django_assert_max_num_queries(20):
        text = client.get(page(model, "changelist")).content.decode()
    assert "2001-09-09 09:46:40.000" in text
    if model != "withdrawal":
        assert "6.4688" in text or "64688" in text
    key = {"deal": Deal.objects.get().pk, "withdrawal": Withdrawal.objects.get().pk}.get(model)
    if key is not None:
        assert client.get(page(model, "change", key)).status_code == 200


def test_what_has_happened_is_exported_and_no_cell_is_a_formula() -> None:
    make_facts()
    chosen = {"action": "export_csv", "_selected_action": [Deal.objects.get().pk]}
    answer = signed_in("risk").post(page("deal", "changelist"), chosen)
    assert answer["Content-Type"].startswith("text/csv")
    header, row = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("line,place,at_ns,pair,deal")
    assert "'=D1" in row


def test_a_changed_row_is_told_to_the_engine(django_capture_on_commit_callbacks: Any) -> None:
    made_pair()
    with running(engine_settings()) as engine:
        client = signed_in("risk")
        address = page("quotechannel", "change", QuoteChannel.objects.get().pk)
        data = as_shown(client.get(address)) | {"confirm_ms": "700"}
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(address, data).status_code == 302
        assert engine.reloads == 1
    assert QuoteChannel.objects.get().confirm_ms == 700
    assert QuoteChannel.history.first().history_user.username == "risk"


def test_a_row_that_no_engine_can_use_is_warned_of() -> None:
    made_pair()
    client = signed_in("risk")
    address = page("quotechannel", "change", QuoteChannel.objects.get().pk)
    data = as_shown(client.get(address))
    del data["is_enabled"]
    client.post(address, data)
    text = client.get(page("quotechannel", "changelist")).content.decode()
    assert "USD.CNY: channel CHANNEL1 is not in use" in text


def test_a_pairs_page_draws_its_digits_and_keeps_its_decimals() -> None:
    pair = made_pair(fraction_len=0)
    client = signed_in("risk")
    address = page("pair", "change", pair.pk)
    shown = client.get(address)
    assert "<strong>23</strong>" in shown.content.decode()
    data = as_shown(shown) | {"decimals": "2", "key_len": "1"}
    assert client.post(address, data).status_code == 302
    stored = Pair.objects.get()
    assert (stored.decimals, stored.key_len) == (4, 1)


def test_holidays_come_from_a_file() -> None:
    client = signed_in("risk")
    answer = client.get(page("currencyholiday", "import"))
    assert answer.status_code == 200
    assert "currency" in answer.content.decode()


def shown(address: str, role: str = "risk") -> str:
    text: str = signed_in(role).get(address).content.decode()
    return text


def test_holidays_say_their_source_and_which_years_are_entered() -> None:
    made_pair()
    for year in (2026, 2027):
        CurrencyHoliday.objects.create(
            currency="CNY", day=date(year, 10, 1), source_note="State Council"
        )
    text = shown(page("currencyholiday", "changelist"))
    assert "State Council" in text
    assert "Holidays are entered of: CNY 2026–2027." in text


def test_holidays_that_end_soon_or_are_missing_are_announced() -> None:
    made_pair()
    this_year = timezone.localdate().year
    end = date(this_year, 12, 31)
    CurrencyHoliday.objects.create(currency="CNY", day=date(this_year, 1, 1))
    assert ending_holidays(end - timedelta(days=60)) == {"USD": None}
    assert ending_holidays(end - timedelta(days=59)) == {"CNY": 59, "USD": None}
    for address in ("/admin/", page("currencyholiday", "changelist")):
        text = shown(address)
        assert "The list of holidays is missing: USD." in text
    assert "The list of holidays" not in shown("/admin/", "accountant")
