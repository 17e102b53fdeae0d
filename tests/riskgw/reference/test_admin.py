"""Reference data in and out of the admin, and the users who sign in."""

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.authtoken.models import Token

from riskgw.reference.models import Account, Contract, ControlGroup, Counter, Exchange
from tests.pages import ADMIN, address, as_shown, errors, signed_in

pytestmark = pytest.mark.django_db

CSV, XLSX = "0", "1"
HEADER = "symbol,exchange,name,kind,board,tick,lot,order_quantity_max,st"
GOOD = "600000,SSE,浦发银行,stock,main,0.01,100,1000000,0"
ALSO_GOOD = "000001,SZSE,平安银行,stock,main,0.01,100,1000000,1"


@pytest.fixture(autouse=True)
def exchanges() -> None:
    Exchange.objects.bulk_create(Exchange(code=code, name=code) for code in ("SSE", "SZSE"))


def contract(symbol: str = "600000") -> Contract:
    return Contract.objects.create(
        symbol=symbol, exchange_id="SSE", tick="0.01", lot="100", order_quantity_max="1000000"
    )


def previewed(client: Client, *lines: str, header: str = HEADER) -> Any:
    """The page after a file was chosen: what would change, or what is wrong."""
    content = "\n".join([header, *lines, ""]).encode()
    file = SimpleUploadedFile("contracts.csv", content, "text/csv")
    form = {"import_file": file, "format": CSV, "resource": ""}
    return client.post(address("contract", "import"), form)


def confirmed(client: Client, preview: Any) -> Any:
    form = preview.context["confirm_form"]
    return client.post(address("contract", "process_import"), form.initial, follow=True)


def exported(client: Client, file_format: str) -> Any:
    return client.post(address("contract", "export"), {"format": file_format, "resource": ""})


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_a_file_is_shown_first_and_imported_when_confirmed() -> None:
    client = signed_in("risk")
    preview = previewed(client, GOOD, ALSO_GOOD)
    assert Contract.objects.count() == 0
    assert "浦发银行" in text(preview)
    assert "2 new, 0 updated" in text(confirmed(client, preview))
    row = Contract.objects.get(symbol="000001")
    assert (row.exchange_id, row.name, row.st, str(row.lot)) == (
        "SZSE",
        "平安银行",
        True,
        "100.000",
    )
    assert row.history.get().history_user.username == "risk"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("600001,LSE,x,stock,main,0.01,100,1000,0", 'There is no exchange "LSE".'),
        ("600001,SSE,x,stock,main,cheap,100,1000,0", 'tick: <b>"cheap" is no number.</b>'),
        ("600001,SSE,x,stock,main,0,100,1000,0", "Tick, lot and largest order must be above zero."),
        ("600001,SSE,x,stock,main,0.01,100,1000,maybe", 'st: <b>"maybe" is neither 1 nor 0.</b>'),
        (",SSE,x,stock,main,0.01,100,1000,0", "This field cannot be blank"),
        ("6000010000000000000000000,SSE,x,stock,main,0.01,100,1000,0", "at most 20 characters"),
    ],
)
def test_one_bad_row_imports_nothing_and_says_what_is_wrong(line: str, fault: str) -> None:
    preview = previewed(signed_in("risk"), GOOD, line, ALSO_GOOD)
    assert "confirm_form" not in preview.context
    assert fault in unescape(text(preview))
    assert Contract.objects.count() == 0


def test_a_file_without_the_columns_that_tell_contracts_apart_imports_nothing() -> None:
    preview = previewed(signed_in("risk"), "x", header="name")
    assert "confirm_form" not in preview.context
    assert "The file lacks the columns: exchange, symbol." in text(preview)
    assert "Traceback" not in text(preview)
    assert Contract.objects.count() == 0


def test_a_row_that_went_bad_between_preview_and_confirmation_imports_nothing() -> None:
    client = signed_in("risk")
    preview = previewed(client, GOOD, ALSO_GOOD)
    Exchange.objects.filter(code="SZSE").delete()
    page = confirmed(client, preview)
    assert "Nothing was imported" in text(page)
    assert Contract.objects.count() == 0


def test_a_changed_cell_is_shown_with_its_old_value() -> None:
    contract()
    preview = previewed(signed_in("risk"), GOOD.replace("1000000", "900000"))
    assert "<del>1000000</del> <ins>900000</ins>" in text(preview)


def test_the_same_file_again_changes_nothing() -> None:
    client = signed_in("risk")
    confirmed(client, previewed(client, GOOD))
    confirmed(client, previewed(client, GOOD))
    assert Contract.objects.get().history.count() == 1


@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_what_is_exported_can_be_imported_again(file_format: str) -> None:
    contract()
    content = exported(signed_in("auditor"), file_format).content
    kind = {CSV: "csv", XLSX: "xlsx"}[file_format]
    if file_format == CSV:
        assert content.decode("utf-8-sig").splitlines()[1].startswith("600000,SSE,,,,0.01,100,1,")
    client = signed_in("risk")
    file = SimpleUploadedFile(f"contracts.{kind}", content)
    form = {"import_file": file, "format": file_format, "resource": ""}
    preview = client.post(address("contract", "import"), form)
    assert "1 skipped" in text(confirmed(client, preview))


@pytest.mark.parametrize("role", ["ops", "trader", "auditor"])
def test_who_may_only_look_exports_but_does_not_import(role: str) -> None:
    client = signed_in(role)
    assert "Import" not in text(client.get(address("contract", "changelist")))
    assert previewed(client, GOOD).status_code == 403
    assert client.post(address("contract", "process_import"), {}).status_code == 403
    assert exported(client, CSV).status_code == 200


def test_an_account_is_imported_with_the_codes_of_what_it_belongs_to() -> None:
    ControlGroup.objects.create(code="G1")
    Counter.objects.create(code="ALPHA")
    content = b"account,exchange,group,counter,hedge\nA1,SSE,G1,ALPHA,1\n"
    client = signed_in("risk")
    form = {"import_file": SimpleUploadedFile("a.csv", content), "format": CSV, "resource": ""}
    preview = client.post(address("account", "import"), form)
    client.post(address("account", "process_import"), preview.context["confirm_form"].initial)
    row = Account.objects.get()
    assert (str(row), str(row.group), str(row.counter), row.hedge) == (
        "SSE:A1", "G1", "ALPHA", True,
    )  # fmt: skip


def test_a_change_is_kept_with_its_user_and_the_numbers_before_and_after() -> None:
    client, row = signed_in("risk"), contract()
    path = address("contract", "change", row)
    client.post(path, as_shown(client.get(path)) | {"order_quantity_max": "500000", "st": "on"})
    shown = text(client.get(address("contract", "history", row)))
    assert '1,000,000 <span aria-label="becomes">→</span> <b>500,000</b>' in shown
    assert 'No <span aria-label="becomes">→</span> <b>Yes</b>' in shown
    assert "<td>risk</td>" in shown


@pytest.mark.parametrize("name", ["tick", "lot", "order_quantity_max"])
def test_a_contract_with_a_number_of_zero_is_refused(name: str) -> None:
    client, row = signed_in("risk"), contract()
    path = address("contract", "change", row)
    page = client.post(path, as_shown(client.get(path)) | {name: "0"})
    assert errors(page) == {"__all__": ["Tick, lot and largest order must be above zero."]}
    assert Contract.objects.get() == row


def test_numbers_on_a_page_carry_their_unit() -> None:
    shown = text(signed_in("risk").get(address("contract", "change", contract())))
    for label in ("Tick (CNY)", "Lot (shares)", "Largest limit order (shares)", "High limit (CNY)"):
        assert label in shown
    looked_at = text(signed_in("trader").get(address("contract", "change", Contract.objects.get())))
    assert "1,000,000" in looked_at


def test_the_right_password_opens_the_site_and_a_wrong_one_does_not() -> None:
    User.objects.create_user("ada", password="correct-horse", is_staff=True)
    client = Client()
    wrong = client.post("/admin/login/", {"username": "ada", "password": "battery"})
    assert "Please enter the correct username and password" in text(wrong)
    assert client.get("/admin/").status_code == 302
    right = {"username": "ada", "password": "correct-horse", "next": "/admin/"}
    assert client.post("/admin/login/", right)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_who_guesses_ten_times_is_locked_out_even_with_the_right_password() -> None:
    User.objects.create_user("ada", password="correct-horse", is_staff=True)
    client = Client()
    for guess in range(10):
        answer = client.post("/admin/login/", {"username": "ada", "password": f"guess {guess}"})
    assert answer.status_code == 429
    right = {"username": "ada", "password": "correct-horse"}
    assert client.post("/admin/login/", right).status_code == 429


def test_roles_are_shown_with_their_rights_and_changed_by_nobody() -> None:
    client = signed_in(ADMIN)
    page = client.get("/admin/auth/group/")
    assert "account: view, add, change" in text(page)
    group = Group.objects.get(name="risk")
    answer = client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "risk"})
    assert answer.status_code == 403


def test_a_user_gets_a_role_and_no_other_permission() -> None:
    client = signed_in(ADMIN)
    signed_in("risk")
    user = User.objects.create_user("ada", password="correct-horse", is_staff=True)
    path = f"/admin/auth/user/{user.pk}/change/"
    page = client.get(path)
    assert "user_permissions" not in page.context["adminform"].form.fields
    risk = Group.objects.get(name="risk")
    client.post(path, as_shown(page) | {"groups": [risk.pk]})
    assert [group.name for group in user.groups.all()] == ["risk"]


def test_a_token_is_listed_by_its_user_and_never_shown() -> None:
    signed_in("risk")
    token = Token.objects.create(user=User.objects.get(username="risk"))
    shown = text(signed_in(ADMIN).get("/admin/authtoken/tokenproxy/"))
    assert "risk" in shown
    assert token.key not in shown
