"""The ledger by REST, as a business unit or an accountant uses it."""

from typing import Any

import pytest
from django.test import Client

from ledger.actions.post import post_due
from ledger.models import LedgerTransaction
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

V1 = "/api/v1/ledger"


class Caller:
    """An accountant's client."""

    def __init__(self) -> None:
        self.client: Client = signed_in("accountant")

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.client.post(f"{V1}/{path}", body or {}, "application/json")

    def get(self, path: str) -> Any:
        return self.client.get(f"{V1}/{path}")

    def open(self, name: str, direction: str = "credit", **more: Any) -> Any:
        body = {"id": name, "currency": "CNY", "direction": direction, "name": name, **more}
        return self.post("accounts", body)

    def transfer(self, name: str, payer: str, payee: str, amount: str, **more: Any) -> Any:
        return self.post(f"transactions/{name}/try", {**legs(payer, payee, amount), **more})

    def pay(self, name: str, payer: str, payee: str, amount: str) -> None:
        assert self.transfer(name, payer, payee, amount).json()["state"] == "tried"
        assert self.post(f"transactions/{name}/confirm").json() == {"state": "confirmed"}
        post_due()

    def balance(self, name: str) -> tuple[str, str, str | None]:
        found = self.get(f"accounts/{name}/balance").json()
        return found["posted"], found["reserved"], found["available"]


def legs(payer: str, payee: str, amount: str) -> dict[str, Any]:
    return {
        "legs": [
            {"account": payer, "side": "debit", "amount": amount},
            {"account": payee, "side": "credit", "amount": amount},
        ]
    }


@pytest.fixture
def caller() -> Caller:
    """`a` holds 100.00; `b` is empty; `cash` may go either way."""
    caller = Caller()
    caller.open("cash", "unrestricted")
    caller.open("a")
    caller.open("b", parent="a")
    caller.pay("opening", "cash", "a", "100")
    return caller


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:riskgw:")


def test_an_account_is_opened_once(caller: Caller) -> None:
    first = caller.open("c", "debit", overdraft="12.5", parent="a")
    assert first.status_code == 201
    assert first.json() == {
        "id": "c", "name": "c", "currency": "CNY", "direction": "debit", "parent": "a",
        "overdraft": "12.50", "usability": "open",
    }  # fmt: skip
    assert caller.open("c", "debit", overdraft="12.50", parent="a").status_code == 201
    assert code(caller.open("c", "credit")) == (409, "account_differs")
    assert caller.get("accounts/c").json() == first.json()
    assert code(caller.get("accounts/d")) == (404, "not_found")
    assert [each["id"] for each in caller.get("accounts").json()["results"]] == [
        "a", "b", "c", "cash",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"overdraft": "-1"}, (422, "negative")),
        ({"overdraft": "0.001"}, (422, "not_an_amount")),
        ({"overdraft": "1", "direction": "unrestricted"}, (422, "unlimited")),
        ({"parent": "nobody"}, (422, "unknown_account")),
        ({"currency": "yuan"}, (400, "invalid")),
        ({"overdraft": 1.5}, (400, "invalid")),
    ],
)
def test_an_account_that_makes_no_sense_is_not_opened(
    caller: Caller, more: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(caller.open("c", **more)) == expected
    assert caller.get("accounts/c").status_code == 404


def test_try_confirm_and_post(caller: Caller) -> None:
    answer = caller.transfer("t", "a", "b", "60.0", memo="rent", value_date="2026-01-05")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": "t",
            "state": "tried",
            "reason": None,
            "legs": [
                {"account": "a", "side": "debit", "amount": "60.00", "trust": "in"},
                {"account": "b", "side": "credit", "amount": "60.00", "trust": "post"},
            ],
        },
    )
    assert caller.balance("a") == ("100.00", "60.00", "40.00")
    assert caller.balance("b") == ("0.00", "0.00", "0.00")
    assert caller.post("transactions/t/confirm").json() == {"state": "confirmed"}
    post_due()
    assert caller.post("transactions/t/confirm").json() == {"state": "posted"}
    assert caller.transfer("t", "a", "b", "60.00", memo="rent", value_date="2026-01-05").json()[
        "state"
    ] == "tried"  # fmt: skip
    assert caller.balance("a") == ("40.00", "0.00", "40.00")
    assert caller.balance("b") == ("60.00", "0.00", "60.00")
    assert caller.balance("cash") == ("-100.00", "0.00", None)


def test_a_refused_try_says_why_and_is_kept(caller: Caller) -> None:
    answer = caller.transfer("t", "a", "b", "100.01")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (
        200, "rejected", "insufficient",
    )  # fmt: skip
    assert code(caller.post("transactions/t/confirm")) == (409, "gone_another_way")
    cancelled = caller.post("transactions/t/cancel")
    assert (cancelled.status_code, cancelled.json()) == (200, {"state": "rejected"})
    shown = caller.get("transactions/t").json()
    assert (shown["state"], shown["reason"]) == ("rejected", "insufficient")
    assert [leg["amount"] for leg in shown["legs"]] == ["100.01", "100.01"]
    assert [(each["what"], each["by"]) for each in shown["history"]] == [("rejected", "accountant")]


def test_cancel_before_and_after_the_try(caller: Caller) -> None:
    for _ in range(2):
        answer = caller.post("transactions/early/cancel")
        assert (answer.status_code, answer.json()) == (200, {"state": "cancelled"})
    assert caller.transfer("early", "a", "b", "1").json()["state"] == "cancelled"
    caller.transfer("t", "a", "b", "1")
    assert caller.post("transactions/t/cancel").json() == {"state": "cancelled"}
    assert caller.transfer("t", "a", "b", "1").json()["state"] == "cancelled"
    assert caller.post("transactions/t/confirm").status_code == 409
    assert caller.get("transactions/early").json()["history"][0]["what"] == "cancelled"
    caller.pay("u", "a", "b", "1")
    assert code(caller.post("transactions/u/cancel")) == (409, "gone_another_way")


def test_what_nobody_knows(caller: Caller) -> None:
    assert code(caller.post("transactions/t/confirm")) == (404, "not_found")
    assert code(caller.get("transactions/t")) == (404, "not_found")
    assert code(caller.get("accounts/x/balance")) == (404, "not_found")
    assert code(caller.get("accounts/x/statement")) == (404, "not_found")
    assert code(caller.post("accounts/x/freeze", {"reason": "r"})) == (404, "not_found")


def test_another_body_under_the_same_id_is_a_conflict(caller: Caller) -> None:
    caller.transfer("t", "a", "b", "1")
    assert code(caller.transfer("t", "a", "b", "2")) == (409, "body_differs")
    assert code(caller.transfer("t", "a", "b", "1", memo="else")) == (409, "body_differs")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (legs("a", "nobody", "1"), "legs.1.account", "unknown_account"),
        (legs("a", "b", "0"), "legs.0.amount", "not_positive"),
        (legs("a", "b", "-1"), "legs.0.amount", "not_positive"),
        (legs("a", "b", "1.001"), "legs.0.amount", "not_an_amount"),
        (legs("a", "b", "all"), "legs.0.amount", "not_an_amount"),
        ({"legs": legs("a", "b", "1")["legs"][:1]}, "legs", "count"),
        (
            {"legs": [legs("a", "b", "1")["legs"][0], legs("a", "b", "2")["legs"][1]]},
            "legs",
            "unbalanced",
        ),
        (
            {"legs": [{**leg, "currency": "USD"} for leg in legs("a", "b", "1")["legs"]]},
            "legs.0.currency",
            "wrong_currency",
        ),
    ],
)
def test_of_what_makes_no_sense_nothing_is_kept(
    caller: Caller, body: dict[str, Any], field: str, reason: str
) -> None:
    answer = caller.post("transactions/t/try", body)
    assert code(answer) == (422, "unacceptable")
    first = answer.json()["errors"][0]
    assert (first["field"], first["code"]) == (field, reason)
    assert not LedgerTransaction.objects.filter(pk="t").exists()


def test_a_body_of_another_shape_is_refused(caller: Caller) -> None:
    number = legs("a", "b", "1")
    number["legs"][0]["amount"] = 1
    bodies: list[dict[str, Any]] = [
        {},
        {"legs": []},
        {"legs": [{"account": "a"}]},
        number,
        {**legs("a", "b", "1"), "x": 1},
    ]
    for body in bodies:
        assert code(caller.post("transactions/t/try", body)) == (400, "invalid")


def test_many_at_once_each_have_their_own_answer(caller: Caller) -> None:
    items = [
        {"id": "t1", **legs("a", "b", "60"), "confirm": True},
        {"id": "t2", **legs("a", "b", "60"), "confirm": True},
        {"id": "t3", **legs("cash", "b", "5")},
        {"id": "t4", **legs("a", "nobody", "5")},
        {"id": "opening", **legs("a", "b", "5")},
    ]
    answer = caller.post("transactions/bulk", {"items": items})
    assert answer.status_code == 200
    found = [
        (each["id"], each["status"], each["body"].get("state")) for each in answer.json()["items"]
    ]
    expected = [
        ("t1", 200, "confirmed"),
        ("t2", 200, "rejected"),
        ("t3", 200, "tried"),
        ("t4", 422, None),
        ("opening", 409, None),
    ]
    assert found == expected
    again = caller.post("transactions/bulk", {"items": items})
    assert again.json() == answer.json()


def test_more_than_a_thousand_at_once_are_refused(caller: Caller) -> None:
    items = [{"id": f"t{number}", **legs("a", "b", "1")} for number in range(1001)]
    assert code(caller.post("transactions/bulk", {"items": items})) == (400, "invalid")


def test_a_statement_runs_without_gaps(caller: Caller) -> None:
    for number in range(4):
        caller.pay(f"t{number}", "a", "b", "10")
    lines = caller.get("accounts/a/statement").json()
    assert [(each["seq"], each["balance_after"]) for each in lines] == [
        (1, "100.00"), (2, "90.00"), (3, "80.00"), (4, "70.00"), (5, "60.00"),
    ]  # fmt: skip
    assert set(lines[0]) >= {
        "seq", "transaction", "side", "amount", "balance_after", "posted_at", "value_date",
    }  # fmt: skip
    part = caller.get("accounts/a/statement?from_seq=3&limit=2").json()
    assert part == lines[2:4]
    day = lines[0]["posting_date"]
    assert caller.get(f"accounts/a/period?first={day}&last={day}").json() == {
        "opening": "0.00", "debit": "40.00", "credit": "100.00", "closing": "60.00", "lines": 5,
        "first_seq": 1, "last_seq": 5,
    }  # fmt: skip
    after = caller.get("accounts/a/period?first=2100-01-01&last=2100-01-02").json()
    assert (after["opening"], after["closing"], after["lines"]) == ("60.00", "60.00", 0)


def test_a_balance_at_a_time_is_what_stood_then(caller: Caller) -> None:
    caller.transfer("t", "a", "b", "60")
    reserved_at = caller.get("accounts/a/balance").json()["as_of"]
    caller.post("transactions/t/confirm")
    post_due()
    then = caller.get(f"accounts/a/balance?at={reserved_at}").json()
    assert (then["posted"], then["reserved"], then["available"], then["seq"]) == (
        "100.00", "60.00", "40.00", 1,
    )  # fmt: skip
    before = caller.get("accounts/a/balance?at=2020-01-01T00:00:00Z").json()
    assert (before["posted"], before["reserved"], before["seq"]) == ("0.00", "0.00", 0)
    assert caller.get("accounts/x/balance?at=2020-01-01T00:00:00Z").status_code == 404


def test_freeze_unfreeze_and_close(caller: Caller) -> None:
    frozen = caller.post("accounts/a/freeze", {"scope": "decreases", "reason": "inquiry"})
    assert (frozen.status_code, frozen.json()["usability"]) == (200, "no_decreases")
    assert caller.transfer("t1", "a", "b", "1").json()["reason"] == "unusable"
    assert caller.transfer("t2", "cash", "a", "1").json()["state"] == "tried"
    assert caller.post("accounts/a/freeze", {"scope": "all", "reason": "r"}).json()[
        "usability"
    ] == "frozen"  # fmt: skip
    assert caller.transfer("t3", "cash", "a", "1").json()["reason"] == "unusable"
    assert caller.post("accounts/a/unfreeze", {"reason": "over"}).json()["usability"] == "open"
    assert code(caller.post("accounts/a/close", {"reason": "r"})) == (409, "not_empty")
    assert caller.post("accounts/b/close", {"reason": "r"}).json()["usability"] == "closed"
    assert code(caller.post("accounts/b/unfreeze", {"reason": "r"})) == (409, "closed")
    assert code(caller.post("accounts/a/freeze", {})) == (400, "invalid")


def test_the_trial_balance_is_even_while_something_waits(caller: Caller) -> None:
    caller.transfer("t", "a", "b", "60")
    caller.post("transactions/t/confirm")
    found = caller.get("trial-balance").json()
    assert found["unposted"] == 1
    assert found["rows"] == [{"currency": "CNY", "debit": "100.00", "credit": "100.00"}]
    waiting = caller.get("flow").json()
    assert (waiting["unposted"], waiting["in_flight"]) == (1, 0)
    assert waiting["unposted_oldest_seconds"] >= 0


def test_a_history_shows_the_posting_messages(caller: Caller) -> None:
    caller.pay("t", "a", "b", "60")
    history = caller.get("transactions/t").json()["history"]
    assert [(each["what"], each["account"]) for each in history] == [
        ("tried", None),
        ("confirmed", None),
        ("second_posting_message", "a"),
        ("first_posting_message", "b"),
        ("posted", None),
    ]
    assert all(each["applied_at"] for each in history[2:4])


def test_a_reversal_by_rest(caller: Caller) -> None:
    caller.pay("t", "a", "b", "60")
    answer = caller.post("transactions/t/reverse", {"transaction": "r", "memo": "error"})
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    again = caller.post("transactions/t/reverse", {"transaction": "r", "memo": "error"})
    assert again.status_code == 200
    other = caller.post("transactions/t/reverse", {"transaction": "r2"})
    assert code(other) == (409, "already_reversed")
    assert caller.get("transactions/r").json()["reverses"] == "t"
    assert code(caller.post("transactions/x/reverse", {"transaction": "r3"})) == (404, "not_found")


def test_the_schema_names_every_answer_of_the_ledger() -> None:
    schema = signed_in("auditor").get("/api/schema/?format=json").json()
    paths = {path: rows for path, rows in schema["paths"].items() if "/ledger/" in path}
    assert len(paths) == 36
    assert set(paths["/api/v1/ledger/accounts"]["post"]["responses"]) >= {"201", "409", "422"}
    listed = paths["/api/v1/ledger/accounts/{id}/statement"]["get"]["responses"]["200"]
    assert listed["content"]["application/json"]["schema"]["type"] == "array"
