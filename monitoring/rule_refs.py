"""Rules by reference: those in force, those of a moment, one version of a rule, or its draft."""

from datetime import datetime

from django.db.utils import DatabaseError
from django.utils import timezone

from monitoring.models import RuleVersion
from monitoring.rule_queries import live_rules, rules_with_parts
from monitoring.rule_rows import stored_spec
from riskgw.cep.engine import Engine, RuleError
from riskgw.cep.spec import RuleSpec, rule_from_builtins

LIVE = "live"
_AT, _VERSION, _DRAFT = "at:", "version:", "draft:"
STORED = (_AT, _VERSION, _DRAFT)
_NUMBER_DIGITS_MAX = 9


class RulesUnavailable(ValueError):
    """The reference names no usable rules; the text says why and what to do."""


def is_stored(ref: str) -> bool:
    """Whether a reference means rows of the database; else it is the path of a file."""
    return ref == LIVE or ref.startswith(STORED)


def rule_of(ref: str) -> str | None:
    """The one rule that a reference names: P01 of version:P01/3 and of draft:P01."""
    if ref.startswith(_VERSION):
        return ref.removeprefix(_VERSION).rpartition("/")[0]
    return ref.removeprefix(_DRAFT) if ref.startswith(_DRAFT) else None


def stored_rules(ref: str) -> tuple[RuleSpec, ...]:
    """`live`, `at:<ISO time>`, `version:<rule>/<number>` or `draft:<rule>`; RulesUnavailable."""
    try:
        if ref.startswith(_VERSION):
            return (_version(ref),)
        if ref.startswith(_DRAFT):
            return (_draft(ref),)
        return tuple(live_rules(_moment(ref)))
    except DatabaseError as error:
        reason = f"the database has no rules ({error}): run `manage.py migrate`"
        raise RulesUnavailable(reason) from None


def usable(rules: tuple[RuleSpec, ...], ref: str) -> tuple[RuleSpec, ...]:
    """The rules, if an engine takes them; RulesUnavailable."""
    if not rules:
        raise RulesUnavailable(f"no live rules for {ref!r}: set a rule live in the admin")
    try:
        Engine(rules)
    except RuleError as error:
        raise RulesUnavailable(str(error)) from None
    return rules


def _moment(ref: str) -> datetime | None:
    try:
        at = None if ref == LIVE else datetime.fromisoformat(ref.removeprefix(_AT))
    except ValueError:
        raise RulesUnavailable(f"{ref!r}: not an ISO time") from None
    return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at


def _version(ref: str) -> RuleSpec:
    code, _, number = ref.removeprefix(_VERSION).rpartition("/")
    is_number = number.isascii() and number.isdigit() and len(number) <= _NUMBER_DIGITS_MAX
    found = RuleVersion.objects.filter(rule__code=code, number=int(number) if is_number else 0)
    spec = found.values_list("spec", flat=True).first()
    if spec is None:
        raise RulesUnavailable(f"{ref!r}: there is no such version")
    return rule_from_builtins(spec)


def _draft(ref: str) -> RuleSpec:
    rule = rules_with_parts().filter(code=ref.removeprefix(_DRAFT)).first()
    if rule is None:
        raise RulesUnavailable(f"{ref!r}: there is no such rule")
    return stored_spec(rule)
