"""Trading calendars and session tables as people keep them: pages, files, notices."""

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from riskgw.kernel.sessions import Phase
from riskgw.messages.base_data import BaseData, CalendarDayData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import CalendarDay, Exchange, ExchangeCalendar, SessionTable
from riskgw.reference.models.calendar import NOTICE_DAYS, PhaseChoice, product_names
from riskgw.reference.queries import base_data, base_mark, ending_calendars, stored_sessions
from tests.pages import address, as_shown, errors, signed_in, with_rows
from tests.sessions import FUTURES, OCTOBER, at, calendar, night_until, table

pytestmark = pytest.mark.django_db

CSV = "0"
TODAY = date(2026, 11, 22)
HOLIDAY = date(2026, 10, 1)
PHASES = "\n".join(night_until("01:00"))


@pytest.fixture(autouse=True)
def exchanges() -> None:
    Exchange.objects.bulk_create(Exchange(code=code, name=code) for code in ("SHFE", "SSE"))


def stored_calendar(exchange: str = "SHFE", days_left: int = 400) -> ExchangeCalendar:
    until = timezone.localdate() + timedelta(days=days_left)
    return ExchangeCalendar.objects.create(exchange_id=exchange, known_until=until)


def text(page: Any) -> str:
    return unescape(" ".join(page.content.decode().split()))


def filled(**changes: str) -> dict[str, str]:
    values = {
        "exchange": "SHFE", "products": "cu, al", "effective_from": "2026-01-01",
        "phases": PHASES, "source_note": "",
    }  # fmt: skip
    return values | changes


def previewed(client: Client, model: str, *lines: str) -> Any:
    file = SimpleUploadedFile("rows.csv", "\n".join([*lines, ""]).encode(), "text/csv")
    form = {"import_file": file, "format": CSV, "resource": ""}
    return client.post(address(model, "import"), form)


def confirmed(client: Client, model: str, preview: Any) -> Any:
    form = preview.context["confirm_form"]
    return client.post(address(model, "process_import"), form.initial, follow=True)


def test_what_is_loaded_is_what_the_core_gets() -> None:
    load_base(FUTURES)
    loaded = base_data()
    assert loaded.calendars == FUTURES.calendars
    assert sorted(loaded.session_tables, key=str) == sorted(FUTURES.session_tables, key=str)


def test_what_people_have_entered_is_not_loaded_over() -> None:
    load_base(FUTURES)
    row = CalendarDay.objects.filter(calendar__exchange="SHFE").first()
    assert row is not None
    row.is_open = True
    row.save()
    SessionTable.objects.filter(products="cu").update(phases="09:00 morning\n15:00 closed")
    load_base(FUTURES)
    row.refresh_from_db()
    assert row.is_open
    assert SessionTable.objects.get(products="cu").phases == "09:00 morning\n15:00 closed"
    assert CalendarDay.objects.count() == 2 * len(OCTOBER)


def test_every_change_of_a_calendar_or_table_is_a_change_of_the_base_data() -> None:
    load_base(FUTURES)
    marks = [base_mark()]
    CalendarDay.objects.create(calendar=ExchangeCalendar.objects.all()[0], day=date(2026, 5, 1))
    marks.append(base_mark())
    CalendarDay.objects.get(day=date(2026, 5, 1)).delete()
    marks.append(base_mark())
    row = SessionTable.objects.get(products="cu")
    row.phases = "\n".join(night_until("23:00"))
    row.save()
    marks.append(base_mark())
    known = ExchangeCalendar.objects.all()[0]
    known.known_until = date(2027, 12, 31)
    known.save()
    marks.append(base_mark())
    assert len(set(marks)) == len(marks)


def test_stored_sessions_are_those_of_the_rows_as_they_are_now() -> None:
    assert stored_sessions().phase("SHFE:cu2612", at(HOLIDAY, "10:00")) == "morning"
    load_base(FUTURES)
    assert stored_sessions().phase("SHFE:cu2612", at(HOLIDAY, "10:00")) == "closed"
    CalendarDay.objects.filter(day=HOLIDAY).delete()
    assert stored_sessions().phase("SHFE:cu2612", at(HOLIDAY, "10:20")) == "break"


def test_a_table_is_added_in_the_one_way_to_write_it_and_has_a_history() -> None:
    client = signed_in("risk")
    sloppy = " 9:00  morning\r\n\r\n11:30 lunch; 13:30 afternoon\n15:00 closed\n"
    form = filled(products=" cu,al, CU ,", phases=sloppy)
    assert client.post(address("sessiontable", "add"), form).status_code == 302
    row = SessionTable.objects.get()
    assert row.products == "cu, al"
    assert row.phases == "09:00 morning\n11:30 lunch\n13:30 afternoon\n15:00 closed"
    assert row.history.get().history_user.username == "risk"
    shown = text(client.get(address("sessiontable", "changelist")))
    assert "09:00 morning, 11:30 lunch, 13:30 afternoon, 15:00 closed" in shown


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"phases": "21:00 night"}, "phases", "There are 1 phases; a day has 2 to 24."),
        ({"phases": "21.00 night\n23:00 closed"}, "phases", '"21.00 night" is no time and phase'),
        ({"phases": "21:00 noche\n23:00 closed"}, "phases", '"21:00 noche" names no phase'),
        ({"phases": "21:00 night\n09:00 closed"}, "phases", "lasts over 08:00"),
        ({"phases": "21:00 night\n20:00 closed"}, "phases", '"20:00 closed" is not later'),
        ({"phases": "21:00 night\n22:00 night"}, "phases", '"22:00 night" names the phase that'),
        ({"phases": "09:00 morning\n11:30 lunch"}, "phases", "a day has to end closed"),
        ({"phases": ""}, "phases", "This field is required."),
        ({"products": "zn, CU"}, "products", '"cu" has a table from that day on already.'),
        ({"effective_from": "soon"}, "effective_from", "Enter a valid date."),
        ({"exchange": "LSE"}, "exchange", "Select a valid choice"),
    ],
)
def test_a_table_that_is_refused_says_so_beside_its_field(
    changes: dict[str, str], field: str, said: str
) -> None:
    SessionTable.objects.create(
        exchange_id="SHFE", products="cu", phases=PHASES, effective_from=date(2026, 1, 1)
    )
    page = signed_in("risk").post(address("sessiontable", "add"), filled(products="al") | changes)
    assert said in " ".join(errors(page)[field])
    assert SessionTable.objects.count() == 1


def test_a_product_may_have_another_table_later() -> None:
    client = signed_in("risk")
    for since in ("2026-01-01", "2026-06-01"):
        assert client.post(
            address("sessiontable", "add"), filled(effective_from=since)
        ).status_code == 302  # fmt: skip
    assert SessionTable.objects.count() == 2


def test_holidays_are_entered_on_the_page_of_their_calendar() -> None:
    row, client = stored_calendar(), signed_in("risk")
    page = address("exchangecalendar", "change", row)
    shown = as_shown(client.get(page))
    days = [{"day": "2026-10-01", "note": "国庆节"}, {"day": "2026-10-10", "is_open": "on"}]
    assert client.post(page, with_rows(shown, "days", days)).status_code == 302
    assert list(row.days.values_list("day", "is_open", "has_night")) == [
        (HOLIDAY, False, None), (date(2026, 10, 10), True, None),
    ]  # fmt: skip
    twice = with_rows(as_shown(client.get(page)), "days", [{"day": "2026-10-01"}])
    assert "days-2-__all__" in errors(client.post(page, twice))


def test_a_closed_day_has_no_night() -> None:
    row = stored_calendar()
    form = {"calendar": str(row.pk), "day": "2026-10-01", "has_night": "true"}
    page = signed_in("risk").post(address("calendarday", "add"), form)
    assert errors(page)["__all__"] == ["A day that is closed has no night session."]


def test_holidays_of_a_year_are_imported() -> None:
    stored_calendar()
    client = signed_in("risk")
    preview = previewed(
        client, "calendarday", "exchange,day,is_open,has_night,note",
        "SHFE,2027-10-01,0,,国庆节", "SHFE,2027-10-08,1,0,",
    )  # fmt: skip
    assert "2 new, 0 updated" in text(confirmed(client, "calendarday", preview))
    (told,) = base_data().calendars
    assert [each.day for each in told.days] == [date(2027, 10, 1), date(2027, 10, 8)]
    assert [each.has_night for each in told.days] == [None, False]


@pytest.mark.parametrize(
    ("model", "lines", "fault"),
    [
        ("calendarday", ("exchange,day", "LSE,2027-10-01"), 'There is no trading calendar "LSE".'),
        ("calendarday", ("exchange,day", "SHFE,tomorrow"), "day"),
        ("calendarday", ("exchange,day,is_open", "SHFE,2027-10-01,maybe"), "is neither 1 nor 0."),
        (
            "sessiontable",
            ("exchange,products,effective_from,phases", "SHFE,cu,2026-01-01,21:00 night"),
            "There are 1 phases",
        ),
        ("exchangecalendar", ("exchange,known_until", "LSE,2027-12-31"), "There is no exchange"),
    ],
)
def test_a_file_with_a_fault_imports_nothing(
    model: str, lines: tuple[str, ...], fault: str
) -> None:
    stored_calendar()
    preview = previewed(signed_in("risk"), model, *lines)
    assert "confirm_form" not in preview.context
    assert fault in text(preview)
    assert not CalendarDay.objects.exists()
    assert not SessionTable.objects.exists()


def test_session_tables_are_exported_and_imported_again() -> None:
    load_base(FUTURES)
    exported = signed_in("auditor").post(
        address("sessiontable", "export"), {"format": CSV, "resource": ""}
    )
    client = signed_in("risk")
    file = SimpleUploadedFile("rows.csv", exported.content, "text/csv")
    form = {"import_file": file, "format": CSV, "resource": ""}
    preview = client.post(address("sessiontable", "import"), form)
    assert "4 skipped" in text(confirmed(client, "sessiontable", preview))


@pytest.mark.parametrize(
    ("days_left", "said"),
    [
        (NOTICE_DAYS, None),
        (NOTICE_DAYS - 1, "runs out in 59 days"),
        (1, "runs out in 1 day"),
        (0, "runs out today"),
        (-1, "has run out"),
    ],
)
def test_a_calendar_that_ends_soon_is_announced(days_left: int, said: str | None) -> None:
    stored_calendar(days_left=days_left)
    stored_calendar("SSE", days_left=900)
    notice = f"The trading calendar {said}: SHFE."
    for role in ("risk", "ops", "auditor"):
        client = signed_in(role)
        for page in ("/admin/", address("exchangecalendar", "changelist")):
            assert (notice in text(client.get(page))) == (said is not None)
    assert "The trading calendar" not in text(signed_in("trader").get("/admin/"))


def test_calendars_that_end_together_are_announced_together() -> None:
    for exchange in ("SHFE", "SSE"):
        stored_calendar(exchange, days_left=10)
    assert ending_calendars(timezone.localdate()) == {"SHFE": 10, "SSE": 10}
    page = text(signed_in("risk").get("/admin/"))
    assert "The trading calendar runs out in 10 days: SHFE, SSE." in page


def test_every_phase_of_the_kernel_has_one_name_in_each_language() -> None:
    assert set(PhaseChoice.values) == set(Phase)
    for language in ("en", "zh-hans"):
        with override(language):
            names = [str(label) for label in PhaseChoice.labels]
        assert len(set(names)) == len(names)


def test_case_tells_no_products_apart() -> None:
    assert product_names("CU, al,,") == ("cu", "al")
    base = BaseData(session_tables=(table("SHFE", night_until("23:00"), "CU"),))
    load_base(base)
    assert base_data().session_tables[0].products == ("cu",)


def test_a_day_loaded_says_whether_it_has_a_night() -> None:
    told = CalendarDayData(date(2026, 10, 9), is_open=True, has_night=False)
    load_base(BaseData(calendars=(calendar("SHFE", told),)))
    assert base_data().calendars[0].days == (told,)
