"""Counters and access systems in the admin: their marks, beside each what is wrong with it."""

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from riskgw.messages.base_data import AccessSystemData, BaseData, CounterData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import AccessAddress, AccessSystem, Counter, CounterEndpoint
from riskgw.reference.queries import base_data, base_mark
from tests.pages import address, as_shown, errors, signed_in, with_rows

pytestmark = pytest.mark.django_db

CSV = "0"
HEADER = "code,name,vendor,note,is_active,pbus,databases,addresses"


@pytest.fixture
def alpha() -> Counter:
    counter = Counter.objects.create(code="ALPHA")
    for kind, value in (("pbu", "000100"), ("database", "oiw01"), ("address", "10.1.0.0/16")):
        CounterEndpoint.objects.create(counter=counter, kind=kind, value=value)
    return counter


@pytest.fixture
def beta() -> Counter:
    return Counter.objects.create(code="BETA")


def saved(counter: Counter, *marks: tuple[str, str]) -> Any:
    """The answer to a counter's page sent with these new rows."""
    client, path = signed_in("ops"), address("counter", "change", counter)
    rows = [{"kind": kind, "value": value} for kind, value in marks]
    return client.post(path, with_rows(as_shown(client.get(path)), "endpoints", rows))


def marks(counter: Counter) -> list[str]:
    return [str(each.value) for each in counter.endpoints.all()]


def test_marks_are_stored_in_the_one_way_they_are_written(beta: Counter) -> None:
    answer = saved(
        beta, ("address", " 10.1.0.7/32 "), ("address", "[2001:DB8::7]:8016"), ("pbu", " 000200 "),
        ("database", "OIW02"),
    )  # fmt: skip
    assert answer.status_code == 302
    assert marks(beta) == ["10.1.0.7", "[2001:db8::7]:8016", "oiw02", "000200"]
    history = CounterEndpoint.history.filter(value="oiw02").get()
    assert history.history_user.username == "ops"


@pytest.mark.parametrize("text", ["10.1.0.300", "10.1.0.7/16", "10.1.0.7:0", "oms.example"])
def test_what_is_no_address_is_refused_beside_the_field(beta: Counter, text: str) -> None:
    (fault,) = errors(saved(beta, ("address", text)))["endpoints-0-value"]
    assert text in fault
    assert "CIDR" in fault
    assert marks(beta) == []


@pytest.mark.parametrize(("kind", "value"), [("pbu", "0001 00"), ("pbu", ""), ("address", "")])
def test_each_faulty_mark_has_one_fault(beta: Counter, kind: str, value: str) -> None:
    assert len(errors(saved(beta, (kind, value)))["endpoints-0-value"]) == 1


@pytest.mark.parametrize(
    "mark",
    [("address", "10.1.0.0/255.255.0.0"), ("pbu", "000100"), ("database", "OIW01"),
     ("database", "000100")],
)  # fmt: skip
def test_a_mark_of_another_counter_is_refused(
    alpha: Counter, beta: Counter, mark: tuple[str, str]
) -> None:
    """The same block, PBU or database would tell neither of two counters."""
    assert errors(saved(beta, mark))["endpoints-0-value"] == ["This already belongs to ALPHA."]
    assert marks(beta) == []


def test_a_narrower_block_within_another_counters_is_allowed(alpha: Counter, beta: Counter) -> None:
    """The longest prefix wins, so which counter is meant is never open."""
    for text in ("10.1.2.0/24", "10.1.0.0/16:8016"):
        assert saved(beta, ("address", text)).status_code == 302
    assert len(marks(beta)) == 2


def test_the_same_mark_twice_on_one_page_is_refused(beta: Counter) -> None:
    page = saved(beta, ("address", "10.1.0.7"), ("address", "10.1.0.7/32"))
    assert any("duplicate" in text for texts in errors(page).values() for text in texts)
    assert marks(beta) == []


def test_a_stored_counter_is_saved_again_as_it_is(alpha: Counter) -> None:
    assert saved(alpha).status_code == 302
    assert len(marks(alpha)) == 3


def test_an_access_system_has_addresses_and_perhaps_a_counter(alpha: Counter) -> None:
    client, path = signed_in("ops"), address("accesssystem", "add")
    form = as_shown(client.get(path)) | {"code": "GATE1", "kind": "gateway", "counter": alpha.pk}
    answer = client.post(path, with_rows(form, "addresses", [{"value": "10.1.0.8/32"}]))
    assert answer.status_code == 302
    system = AccessSystem.objects.get()
    assert [each.value for each in system.addresses.all()] == ["10.1.0.8"]
    assert system.history.get().history_user.username == "ops"
    form |= {"code": "GATE2"}
    page = client.post(path, with_rows(form, "addresses", [{"value": "10.1.0.8"}]))
    assert errors(page)["addresses-0-value"] == ["This already belongs to GATE1."]
    page = client.post(path, with_rows(form, "addresses", [{"value": "here"}]))
    assert "CIDR" in errors(page)["addresses-0-value"][0]
    assert AccessSystem.objects.count() == 1


def test_lists_show_the_marks_in_as_many_queries_whatever_their_number(
    alpha: Counter, django_assert_max_num_queries: Any
) -> None:
    client = signed_in("auditor")
    with django_assert_max_num_queries(12):
        page = client.get(address("counter", "changelist")).content.decode()
    for mark in ("000100", "oiw01", "10.1.0.0/16"):
        assert mark in page


def text(page: Any) -> str:
    return " ".join(unescape(page.content.decode()).split())


def previewed(client: Client, model: str, *lines: str) -> Any:
    file = SimpleUploadedFile("rows.csv", "\n".join([*lines, ""]).encode(), "text/csv")
    form = {"import_file": file, "format": CSV, "resource": ""}
    return client.post(address(model, "import"), form)


def confirmed(client: Client, model: str, preview: Any) -> Any:
    form = preview.context["confirm_form"]
    return client.post(address(model, "process_import"), form.initial, follow=True)


ROW = "GAMMA,Third,Acme,,1,000300; 000301,OIW03,10.3.0.0/16; 10.3.0.1:8016"


def test_counters_are_imported_with_their_marks(alpha: Counter) -> None:
    client = signed_in("ops")
    preview = previewed(client, "counter", HEADER, ROW)
    assert not Counter.objects.filter(code="GAMMA").exists()
    assert "1 new, 0 updated" in text(confirmed(client, "counter", preview))
    gamma = Counter.objects.get(code="GAMMA")
    assert marks(gamma) == ["10.3.0.0/16", "10.3.0.1:8016", "oiw03", "000300", "000301"]
    again = previewed(client, "counter", HEADER, ROW)
    assert "1 skipped" in text(confirmed(client, "counter", again))
    assert CounterEndpoint.history.filter(value="000300").count() == 1


def test_a_file_says_all_marks_of_the_kinds_it_names_and_leaves_the_others(alpha: Counter) -> None:
    client = signed_in("ops")
    preview = previewed(client, "counter", "code,pbus", "ALPHA,000100; 000101")
    assert "<del>000100</del> <ins>000100; 000101</ins>" in text(preview)
    confirmed(client, "counter", preview)
    assert marks(alpha) == ["10.1.0.0/16", "oiw01", "000100", "000101"]
    confirmed(client, "counter", previewed(client, "counter", "code,pbus", "ALPHA,"))
    assert marks(alpha) == ["10.1.0.0/16", "oiw01"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("GAMMA,,,,1,,,10.3.0.300", '"10.3.0.300" is no address.'),
        ("GAMMA,,,,1,000300 000301,,", '"000300 000301" is no PBU'),
        ("GAMMA,,,,1,000100,,", "This already belongs to ALPHA."),
        ("GAMMA,,,,1,,,10.1.0.0/16", "This already belongs to ALPHA."),
        ("GAMMA,,,,perhaps,,,", '"perhaps" is neither 1 nor 0.'),
    ],
)
def test_one_bad_row_imports_nothing(alpha: Counter, row: str, fault: str) -> None:
    preview = previewed(signed_in("ops"), "counter", HEADER, "DELTA,,,,1,000400,,", row)
    assert "confirm_form" not in preview.context
    assert fault in text(preview)
    assert list(Counter.objects.all()) == [alpha]
    assert not CounterEndpoint.objects.filter(value="000400").exists()


def test_what_is_exported_is_imported_again(alpha: Counter) -> None:
    system = AccessSystem.objects.create(code="GATE1", kind="gateway", counter=alpha)
    AccessAddress.objects.create(access_system=system, value="10.1.0.8")
    client = signed_in("ops")
    for model, line in (
        ("counter", "ALPHA,,,,1,000100,oiw01,10.1.0.0/16"),
        ("accesssystem", "GATE1,,,gateway,ALPHA,,1,10.1.0.8"),
    ):
        form = {"format": CSV, "resource": ""}
        content = client.post(address(model, "export"), form).content.decode("utf-8-sig")
        assert content.splitlines()[1] == line
        preview = previewed(client, model, *content.splitlines())
        assert "1 skipped" in text(confirmed(client, model, preview))


def test_access_systems_are_imported(alpha: Counter) -> None:
    client = signed_in("ops")
    lines = ("code,kind,counter,is_active,addresses", "GATE1,gateway,ALPHA,1,10.1.0.8; 10.1.0.9")
    confirmed(client, "accesssystem", previewed(client, "accesssystem", *lines))
    system = AccessSystem.objects.get()
    assert (system.kind, system.counter) == ("gateway", alpha)
    assert [each.value for each in system.addresses.all()] == ["10.1.0.8", "10.1.0.9"]
    faulty = previewed(client, "accesssystem", lines[0], "GATE2,bridge,ALPHA,1,")
    assert "confirm_form" not in faulty.context


BASE = BaseData(
    counters=(CounterData("ALPHA", ("000100",), ("oiw01",), ("10.1.0.7",)),),
    access_systems=(AccessSystemData("GATE1", "ALPHA", ("10.1.0.8",)),),
)


def test_base_data_that_is_loaded_is_what_the_core_starts_with() -> None:
    load_base(BASE)
    mark = base_mark()
    load_base(BASE)
    assert base_data() == BASE
    assert base_mark() == mark


def test_a_mark_moves_to_the_counter_that_is_named_now(alpha: Counter) -> None:
    moved = CounterData("BETA", pbus=("000100",))
    load_base(BaseData(counters=(moved,)))
    assert moved in base_data().counters
    assert "000100" not in marks(alpha)


def test_what_is_out_of_use_or_has_no_mark_is_not_sent(alpha: Counter, beta: Counter) -> None:
    system = AccessSystem.objects.create(code="GATE1", counter=alpha)
    assert [each.code for each in base_data().counters] == ["ALPHA"]
    assert base_data().access_systems == ()
    AccessAddress.objects.create(access_system=system, value="10.1.0.8")
    Counter.objects.filter(pk=alpha.pk).update(is_active=False)
    assert base_data().counters == ()
    assert base_data().access_systems == (AccessSystemData("GATE1", "", ("10.1.0.8",)),)
