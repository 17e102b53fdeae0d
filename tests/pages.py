"""Admin pages as a browser uses them: users in their roles, and forms sent back as shown."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.forms import BaseForm
from django.test import Client
from django.urls import reverse

from riskgw.wiring.roles import ensure_roles

ADMIN = "admin"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(role: str, name: str = "") -> Client:
    """A browser in which a user of this role has signed in; `admin` may do everything."""
    user, _ = User.objects.get_or_create(username=name or role, defaults={"is_staff": True})
    user.is_superuser = role == ADMIN
    user.save()
    groups = ensure_roles()
    user.groups.set([groups[role]] if role in groups else [])
    client = Client()
    client.force_login(user, backend=_BACKEND)
    return client


def address(model: str, page: str, record: Any = None) -> str:
    """`address("rule", "change", rule)`; of a model of rules or of reference data."""
    app = "monitoring" if model in _MONITORING else "reference"
    return reverse(f"admin:{app}_{model}_{page}", args=[] if record is None else [record.pk])


_MONITORING = ("alert", "indicator", "parameterpack", "rule", "ruleversion", "threshold")


def as_shown(page: Any) -> dict[str, Any]:
    """What a browser would send if its user saved the page untouched."""
    data = _values(page.context["adminform"].form)
    for inline in page.context["inline_admin_formsets"]:
        data |= _values(inline.formset.management_form)
        for form in inline.formset.forms:
            data |= _values(form)
    return data


def with_rows(data: dict[str, Any], prefix: str, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`data` with new rows in an inline table, below those that are stored."""
    total = int(data[f"{prefix}-TOTAL_FORMS"])
    filled = dict(data)
    for number, row in enumerate(rows, total):
        filled |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
        filled[f"{prefix}-TOTAL_FORMS"] = number + 1
    return filled


def errors(page: Any) -> dict[str, list[str]]:
    """Faults by the field they stand beside: code, conditions-0-unit; `conditions` for a table."""
    found: dict[str, list[str]] = dict(page.context["adminform"].form.errors)
    for inline in page.context["inline_admin_formsets"]:
        formset = inline.formset
        if general := list(formset.non_form_errors()):
            found[formset.prefix] = general
        for form in formset.forms:
            found |= {f"{form.prefix}-{name}": texts for name, texts in form.errors.items()}
    return found


def _values(form: BaseForm) -> dict[str, Any]:
    values = {}
    for field in form:
        value = field.value()
        if value is None or value is False:
            continue
        values[field.html_name] = "on" if value is True else value
    return values
