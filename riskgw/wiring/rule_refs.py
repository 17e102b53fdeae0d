"""Which rules to judge by: the live ones, those of a moment, or those of a file."""

from datetime import datetime
from pathlib import Path

from django.db.utils import DatabaseError
from django.utils import timezone

from monitoring.rule_queries import live_rules
from riskgw.cep.engine import Engine, RuleError
from riskgw.cep.spec import RulesFileError, RuleSpec, rules_from_json

LIVE = "live"
_AT = "at:"


class RulesUnavailable(ValueError):
    """The reference names no usable rules; the text says why and what to do."""


def rules_of(ref: str) -> tuple[RuleSpec, ...]:
    """`live`, `at:<ISO time>`, or the path of an exported rules file."""
    rules = _stored(ref) if ref == LIVE or ref.startswith(_AT) else _from_file(Path(ref))
    if not rules:
        raise RulesUnavailable(f"no live rules for {ref!r}: set a rule live in the admin")
    try:
        Engine(rules)
    except RuleError as error:
        raise RulesUnavailable(str(error)) from None
    return rules


def _stored(ref: str) -> tuple[RuleSpec, ...]:
    try:
        at = None if ref == LIVE else datetime.fromisoformat(ref.removeprefix(_AT))
    except ValueError:
        raise RulesUnavailable(f"{ref!r}: not an ISO time") from None
    if at is not None and timezone.is_naive(at):
        at = timezone.make_aware(at)
    try:
        return tuple(live_rules(at))
    except DatabaseError as error:
        reason = f"the database has no rules ({error}): run `manage.py migrate`"
        raise RulesUnavailable(reason) from None


def _from_file(path: Path) -> tuple[RuleSpec, ...]:
    try:
        return rules_from_json(path.read_bytes())
    except OSError as error:
        raise RulesUnavailable(f"{path}: {error.strerror}") from None
    except RulesFileError as error:
        raise RulesUnavailable(f"{path}: not a rules file: {error}") from None
