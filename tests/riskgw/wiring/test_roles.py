"""Who reaches which admin page: nobody unsigned, each role its own and no more."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from tests.pages import ADMIN, signed_in

pytestmark = pytest.mark.django_db

BOOKS = (
    "ledgeraccount", "ledgertransaction", "statementline", "refusal", "daycut", "reconciliation",
    "voucher", "overdraftpermit",
)  # fmt: skip
QUOTED = (
    "publishedquote", "withdrawal", "pricerequest", "deal", "deskaction", "cleansedprice",
)  # fmt: skip
STRATEGIES = ("strategy", "strategyversion")
QUOTE_SETTINGS = (
    "datasource", "quotechannel", "quotelimit", "quotingtrader", "currencyholiday",
)  # fmt: skip
# The superuser may do all but this: what has happened stays, and roles are code.
NEVER = {
    ("monitoring", "alert"): "add change delete",
    ("monitoring", "ruleversion"): "add change delete",
    ("monitoring", "restriction"): "add change delete",
    ("monitoring", "silence"): "delete",
    ("monitoring", "host"): "add delete",
    ("monitoring", "notification"): "add change delete",
    ("monitoring", "webhookdelivery"): "add change delete",
    ("monitoring", "customerwarning"): "add change delete",
    ("monitoring", "parameterpack"): "change delete",
    **{("ledger", model): "add change delete" for model in BOOKS},
    ("ledger", "businessunit"): "delete",
    **{("quoting", model): "add change delete" for model in (*QUOTED, *STRATEGIES)},
    ("quoting", "pair"): "delete",
    ("reference", "modulemetric"): "add delete",
    ("reference", "overnightposition"): "add change delete",
    ("auth", "group"): "add change delete",
    ("axes", "accesslog"): "add change delete",
    ("axes", "accessattempt"): "add",
}
ROLES = ("risk", "ops", "trader", "accountant", "auditor")
OPEN_TO_STRANGERS = ("login", "logout")
NO_RECORD = "999999"
# What each role may do, page by page; what stands nowhere here is for the superuser alone.
ALLOWED = {
    **{("ledger", model): {"view": "accountant auditor"} for model in (*BOOKS, "businessunit")},
    **{("quoting", model): {"view": "risk trader auditor"} for model in (*QUOTED, *STRATEGIES)},
    **{
        ("quoting", model): {
            "view": "risk ops trader auditor", "add": "risk", "change": "risk", "delete": "risk",
        }
        for model in QUOTE_SETTINGS
    },
    ("quoting", "pair"): {"view": "risk ops trader auditor", "add": "risk", "change": "risk"},
    ("monitoring", "alert"): {"view": "risk ops trader auditor"},
    ("monitoring", "host"): {"view": "risk ops auditor", "change": "ops"},
    **{
        ("monitoring", model): {
            "view": "risk ops auditor", "add": "ops", "change": "ops", "delete": "ops",
        }
        for model in ("systemthreshold", "logsource", "logformat")
    },
    ("monitoring", "silence"): {
        "view": "risk ops trader auditor", "add": "risk", "change": "risk",
    },
    **{
        ("monitoring", model): {
            "view": "risk ops auditor", "add": "risk", "change": "risk", "delete": "risk",
        }
        for model in ("escalationstep", "route", "warningtemplate")
    },
    **{
        ("monitoring", model): {
            "view": "risk ops auditor", "add": "ops", "change": "ops", "delete": "ops",
        }
        for model in ("channel", "webhookendpoint")
    },
    ("monitoring", "notification"): {"view": "risk ops auditor"},
    ("monitoring", "webhookdelivery"): {"view": "risk ops auditor"},
    ("monitoring", "customerwarning"): {"view": "risk ops trader auditor"},
    ("reference", "contactpoint"): {"view": "risk ops auditor", "add": "risk", "change": "risk"},
    ("monitoring", "ruleversion"): {"view": "risk ops trader auditor"},
    ("monitoring", "rule"): {
        "view": "risk ops trader auditor", "add": "risk", "change": "risk", "delete": "risk",
    },
    ("monitoring", "threshold"): {
        "view": "risk ops trader auditor", "add": "risk", "change": "risk", "delete": "risk",
    },
    **{
        ("monitoring", model): {
            "view": "risk auditor", "add": "risk", "change": "risk", "delete": "risk",
        }
        for model in ("metricthreshold", "obligation", "obligationrelief")
    },
    ("monitoring", "datamapping"): {
        "view": "risk ops auditor", "add": "risk", "change": "risk", "delete": "risk",
    },
    ("monitoring", "parameterpack"): {"view": "risk auditor", "add": "risk"},
    ("monitoring", "indicator"): {
        "view": "risk auditor", "add": "risk", "change": "risk", "delete": "risk",
    },
    ("monitoring", "restriction"): {"view": "risk ops trader auditor"},
    ("reference", "account"): {"view": "risk ops auditor", "add": "risk", "change": "risk"},
    ("reference", "overnightposition"): {"view": "risk ops trader auditor"},
    ("reference", "contract"): {"view": "risk ops trader auditor", "add": "risk", "change": "risk"},
    ("reference", "controlgroup"): {"view": "risk ops auditor", "add": "risk", "change": "risk"},
    ("reference", "customer"): {"view": "risk ops auditor", "add": "risk", "change": "risk"},
    ("reference", "exchange"): {"view": "risk ops auditor", "add": "risk", "change": "risk"},
    **{
        ("reference", model): {"view": "risk ops auditor", "add": "risk", "change": "risk"}
        for model in ("exchangecalendar", "calendarday", "sessiontable")
    },
    ("reference", "functionmodule"): {"view": "risk ops auditor"},
    ("reference", "modulemetric"): {"view": "risk ops auditor", "change": "risk ops"},
    ("reference", "counter"): {
        "view": "risk ops auditor", "add": "risk ops", "change": "risk ops", "delete": "ops",
    },
    ("reference", "accesssystem"): {
        "view": "risk ops auditor", "add": "risk ops", "change": "risk ops", "delete": "ops",
    },
}  # fmt: skip
MODELS = sorted(
    (model._meta.app_label, str(model._meta.model_name)) for model in admin.site._registry
)


def addresses(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    """One address for every named page, with 1 wherever it wants an argument."""
    for pattern in patterns:
        path = prefix + _filled(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        elif pattern.name and pattern.name not in OPEN_TO_STRANGERS:
            yield path


def _filled(route: str) -> str:
    route = re.sub(r"<[^>]+>|\([^)]+\)", "1", route)
    return route.removeprefix("^").removesuffix("$")


def may(role: str, model: tuple[str, str], action: str) -> bool:
    if role == ADMIN:
        return action not in NEVER.get(model, "").split()
    return role in ALLOWED.get(model, {}).get(action, "").split()


def test_a_stranger_is_sent_to_the_log_in_from_every_page() -> None:
    found = list(addresses(admin.site.get_urls(), "/admin/"))
    assert len(found) > 5 * len(MODELS)
    stranger = Client()
    for path in found:
        for answer in (stranger.get(path), stranger.post(path)):
            assert answer.status_code == 302, path
            assert answer["Location"].startswith(reverse("admin:login")), path


def test_who_is_no_staff_is_a_stranger_whatever_the_role() -> None:
    client = signed_in("risk")
    User.objects.update(is_staff=False)
    assert client.get("/admin/monitoring/alert/").status_code == 302


@pytest.mark.parametrize("role", [*ROLES, ADMIN])
@pytest.mark.parametrize("model", MODELS, ids="-".join)
def test_a_role_opens_its_own_pages_and_no_others(role: str, model: tuple[str, str]) -> None:
    """Rights are asked before the record, so one that is not there will do."""
    client = signed_in(role)
    page = f"admin:{'_'.join(model)}_"
    answers = {
        "view": client.get(reverse(f"{page}changelist")),
        "add": client.get(reverse(f"{page}add")),
        "change": client.post(reverse(f"{page}change", args=[NO_RECORD])),
        "delete": client.post(reverse(f"{page}delete", args=[NO_RECORD]), {"post": "yes"}),
    }
    opened = {action for action, answer in answers.items() if answer.status_code != 403}
    assert opened == {action for action in answers if may(role, model, action)}
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 403}


def test_a_role_without_pages_is_told_so() -> None:
    page = signed_in("guest").get("/admin/")
    assert page.status_code == 200
    assert "Your role has no pages here." in page.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_the_side_bar_offers_only_what_the_role_may_open(role: str) -> None:
    page = signed_in(role).get("/admin/").content.decode()
    offered = {model for model in MODELS if f'href="/admin/{"/".join(model)}/"' in page}
    assert offered == {model for model in ALLOWED if may(role, model, "view")}
