"""Parameter packs: a file becomes a draft, and thresholds when a second person applies it."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from monitoring.actions.apply_pack import RulesWaiting, apply_pack, reject_pack
from monitoring.actions.approve_version import AlreadyDecided, OwnVersion
from monitoring.actions.import_pack import PackFaulty, PackTitle, import_pack
from monitoring.actions.publish_rules import publish_rules
from monitoring.actions.read_pack import PackUnreadable, read_pack
from monitoring.models import PackLine, ParameterPack, Rule, RuleVersion, Threshold
from monitoring.rule_queries import live_rules
from riskgw.cep.spec import ScopeSpec
from tests.pages import address, signed_in
from tests.stored_rules import CODE, stored_rule

pytestmark = pytest.mark.django_db

CSV = """rule,indicator,level,exchange,product,value,effective_from,source_note
Z01,z01_orders,warn,CFFEX,IF,320,,CFFEX notice
Z01,z01_orders,restrict,CFFEX,IF,384,,CFFEX notice
Z01,z01_orders,limit,CFFEX,IF,400,2026-12-07,CFFEX notice
"""
TITLE = PackTitle("Futures, December", date(2026, 12, 1), "notice 2026-7")
HEADER, *LINES = CSV.splitlines()


@pytest.fixture(autouse=True)
def rule() -> Rule:
    return stored_rule()


@pytest.fixture
def author() -> User:
    return User.objects.create(username="wang")


@pytest.fixture
def second() -> User:
    return User.objects.create(username="zhao")


@pytest.fixture
def draft(author: User) -> ParameterPack:
    return import_pack(TITLE, read_pack("pack.csv", CSV.encode()), author)


def scoped() -> list[tuple[str, str, str, str | None]]:
    rows = Threshold.objects.filter(condition__rule__code=CODE, product="IF").order_by("value")
    return [
        (each.exchange, each.level, f"{each.value:f}", str(each.effective_from)) for each in rows
    ]


def test_a_draft_changes_nothing(draft: ParameterPack) -> None:
    assert draft.lines.count() == 3
    assert scoped() == []
    assert publish_rules(None) == []


def test_applied_by_a_second_person_it_is_in_force(draft: ParameterPack, second: User) -> None:
    [version] = apply_pack(draft, second, "checked")
    assert [each[1:] for each in scoped()] == [
        ("warn", "320.00000000", "2026-12-01"),
        ("restrict", "384.00000000", "2026-12-01"),
        ("limit", "400.00000000", "2026-12-07"),
    ]
    assert (version.state, version.author, version.decided_by) == (
        "approved", draft.author, second,
    )  # fmt: skip
    rule = next(each for each in live_rules() if each.code == CODE)
    scopes = {each.scope for each in rule.conditions[0].thresholds}
    assert scopes == {None, ScopeSpec(exchange="CFFEX", product="IF")}
    draft.refresh_from_db()
    assert (draft.state, draft.reason) == ("applied", "checked")


def test_nobody_applies_their_own_pack(draft: ParameterPack, author: User) -> None:
    with pytest.raises(OwnVersion):
        apply_pack(draft, author)
    assert scoped() == []


def test_a_pack_is_decided_about_once(draft: ParameterPack, second: User) -> None:
    reject_pack(draft, second, "not this year")
    with pytest.raises(AlreadyDecided):
        apply_pack(draft, second)
    assert scoped() == []


def test_a_pack_waits_while_its_rule_has_a_proposal(
    draft: ParameterPack, author: User, second: User
) -> None:
    """Approving the pack would approve what somebody else proposed along with it."""
    Rule.objects.filter(code=CODE).update(needs_approval=True)
    publish_rules(author)
    with pytest.raises(RulesWaiting, match=CODE):
        apply_pack(draft, second)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert scoped() == []


def test_a_pack_that_no_longer_fits_applies_nothing(draft: ParameterPack, second: User) -> None:
    Threshold.objects.filter(condition__rule__code=CODE).delete()
    Rule.objects.filter(code=CODE).update(code="F99")
    with pytest.raises(PackFaulty):
        apply_pack(draft, second)
    draft.refresh_from_db()
    assert (draft.state, scoped()) == ("draft", [])


def test_a_faulty_line_stores_no_other(author: User) -> None:
    rows = read_pack("pack.csv", (CSV + "Z01,z01_orders,red,,,1,,\n").encode())
    with pytest.raises(PackFaulty) as refused:
        import_pack(TITLE, rows, author)
    assert [(each.number, each.column) for each in refused.value.faults] == [(5, "level")]
    assert not ParameterPack.objects.exists()


def workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER.split(","))
    for line in LINES:
        cells: list[Any] = line.split(",")
        cells[5] = float(cells[5])
        cells[6] = date.fromisoformat(cells[6]) if cells[6] else None
        sheet.append(cells)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def json_pack() -> bytes:
    parts = (
        f'{{"rule":"Z01","condition":"z01_orders","level":"{level}","value":{value},{day}'
        '"scope":{"exchange":"CFFEX","product":"IF"},"source_note":"CFFEX notice"}'
        for level, value, day in (
            ("warn", 320, ""),
            ("restrict", 384, ""),
            ("limit", '"400"', '"effective_from":"2026-12-07",'),
        )
    )
    return f'{{"thresholds":[{",".join(parts)}]}}'.encode()


def test_the_same_pack_as_csv_workbook_and_json_is_the_same(author: User) -> None:
    files = {
        "pack.csv": CSV.encode("utf-8-sig"),
        "pack.CSV": CSV.encode("gb18030"),
        "pack.xlsx": workbook(),
        "pack.json": json_pack(),
    }
    for name, data in files.items():
        import_pack(TITLE, read_pack(name, data), author)
    columns = ("rule", "condition", "level", "scope", "value", "effective_from", "source_note")
    packs = [list(pack.lines.values_list(*columns)) for pack in ParameterPack.objects.all()]
    assert len(packs) == 4
    assert all(pack == packs[0] for pack in packs)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("pack.pdf", b"x", "CSV, XLSX or JSON"),
        ("pack.csv", b"", "lacks the columns"),
        ("pack.csv", b"rule,value\nZ01,1\n", "lacks the columns: condition, level"),
        ("pack.csv", f"{HEADER},planet\n".encode(), "unknown columns: planet"),
        ("pack.csv", HEADER.encode(), "no lines"),
        ("pack.xlsx", b"PK", "no XLSX workbook"),
        ("pack.json", b"{}", "thresholds"),
        ("pack.json", b'{"thresholds":[{"rule":"Z01"}]}', "condition"),
        ("pack.csv", b"\xff\xff\xff", "no text"),
    ],
)
def test_a_file_that_is_no_pack_says_so(name: str, data: bytes, text: str) -> None:
    with pytest.raises(PackUnreadable, match=text):
        read_pack(name, data)


@given(data=st.binary(max_size=200), ending=st.sampled_from(["csv", "json", "xlsx"]))
def test_any_bytes_are_rows_or_refused(data: bytes, ending: str) -> None:
    try:
        rows = read_pack(f"pack.{ending}", data)
    except PackUnreadable:
        return
    assert rows


@given(cut=st.integers(0, 3000), ending=st.sampled_from(["csv", "json", "xlsx"]))
def test_a_file_cut_anywhere_is_rows_or_refused(cut: int, ending: str) -> None:
    whole = {"csv": CSV.encode(), "json": json_pack(), "xlsx": workbook()}[ending]
    try:
        rows = read_pack(f"pack.{ending}", whole[:cut])
    except PackUnreadable:
        return
    assert len(rows) <= len(LINES)


def uploaded(client: Client, content: str) -> Any:
    path = address("parameterpack", "add")
    data = {
        "name": TITLE.name,
        "effective_from": "2026-12-01",
        "note": TITLE.note,
        "file": SimpleUploadedFile("pack.csv", content.encode()),
    }
    return client.post(path, data, follow=True)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def act(client: Client, pack: ParameterPack, what: str, reason: str = "") -> Any:
    path = reverse(f"admin:monitoring_parameterpack_{what}", args=[pack.pk])
    return client.post(path, {"reason": reason, "_form_submitted": "on"})


def test_a_file_is_added_shown_and_applied_on_pages() -> None:
    page = uploaded(signed_in("risk"), CSV)
    pack = ParameterPack.objects.get()
    assert page.redirect_chain
    shown = text(signed_in("auditor").get(address("parameterpack", "change", pack)))
    assert "exchange CFFEX, product IF" in shown
    assert "<b>320</b>" in shown
    assert "CFFEX notice" in shown
    second = signed_in("risk", "risk.second")
    answer = act(second, pack, "apply", "checked")
    assert answer.headers["HX-Redirect"] == address("parameterpack", "change", pack)
    assert RuleVersion.objects.get(rule__code=CODE, number=2).state == "approved"
    assert "becomes" not in shown  # nothing stood there before


def test_a_faulty_file_shows_its_faults_beside_their_lines() -> None:
    page = uploaded(
        signed_in("risk"), CSV + "F98,z01_orders,warn,,,1,,\nZ01,z01_orders,warn,,,x,,\n"
    )
    shown = text(page)
    assert "2 faults, shown below: nothing was stored." in shown
    assert (
        '<td class="number">5</td><td>rule</td><td><b>there is no rule &quot;F98&quot;</b></td>'
        in shown
    )
    assert '<td class="number">6</td><td>value</td>' in shown
    assert not PackLine.objects.exists()


@pytest.mark.parametrize("what", ["apply", "turn_down"])
@pytest.mark.parametrize("role", ["ops", "trader", "accountant", "auditor"])
def test_the_wrong_role_decides_about_no_pack(role: str, what: str, draft: ParameterPack) -> None:
    assert act(signed_in(role), draft, what, "mine").status_code == 403
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_stranger_decides_about_no_pack(draft: ParameterPack) -> None:
    assert act(Client(), draft, "apply").status_code == 302
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_ones_own_pack_is_not_applied_on_pages_but_put_aside() -> None:
    client = signed_in("risk")
    uploaded(client, CSV)
    pack = ParameterPack.objects.get()
    assert act(client, pack, "apply").status_code == 403
    assert act(client, pack, "turn_down", "a mistake").status_code == 200
    pack.refresh_from_db()
    assert (pack.state, pack.reason) == ("rejected", "a mistake")
