"""Ask for a back-test: it waits its turn. The rules are those of now, whatever changes later."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.tell_backtest import tell_backtest
from monitoring.archive import captures_of
from monitoring.backtest_queries import OPEN
from monitoring.models import Backtest
from monitoring.rule_refs import RulesUnavailable, is_stored, rule_of, stored_rules, usable
from riskgw.bus.wake import wake
from riskgw.cep.spec import RuleSpec

BACKTEST_TASK = "riskgw.backtests"
DAYS_MAX = 31
WAITING_MAX = 10
# Of those that have ended the oldest make room.
KEPT_MAX = 100


class TooManyWaiting(ValueError):
    """The queue is full."""


class TooManyDays(ValueError):
    """More days than one back-test takes."""


class Question(NamedTuple):
    """Which days, which rules, and with which others they are compared."""

    first_day: date
    last_day: date
    rules: str
    against: str = ""


def request_backtest(question: Question, author: User, archive: Path) -> Backtest:
    """The waiting row; RulesUnavailable, NothingKept, TooManyDays, TooManyWaiting."""
    if not timedelta(0) <= question.last_day - question.first_day < timedelta(days=DAYS_MAX):
        raise TooManyDays(f"at most {DAYS_MAX} days, the first one first")
    captures_of(archive, question.first_day, question.last_day)
    specs, against = _rules(question)
    return _stored(question, author, specs, against)


def _rules(question: Question) -> tuple[tuple[RuleSpec, ...], tuple[RuleSpec, ...] | None]:
    """Where one side names one rule, the other is asked for no more than this rule."""
    asked = [ref for ref in (question.rules, question.against) if ref]
    if wrong := [ref for ref in asked if not is_stored(ref)]:
        raise RulesUnavailable(f"{wrong[0]!r}: live, at:TIME, version:RULE/NUMBER or draft:RULE")
    named = {rule for ref in asked if (rule := rule_of(ref)) is not None}
    if len(named) > 1:
        raise RulesUnavailable(f"{' and '.join(sorted(named))}: versions of one rule are compared")
    found = [_narrowed(usable(stored_rules(ref), ref), named, ref) for ref in asked]
    return found[0], found[1] if question.against else None


def _narrowed(rules: tuple[RuleSpec, ...], named: set[str], ref: str) -> tuple[RuleSpec, ...]:
    kept = tuple(rule for rule in rules if not named or rule.code in named)
    if not kept:
        raise RulesUnavailable(f"{ref!r}: {min(named)} was not judged then")
    return kept


@transaction.atomic
def _stored(
    question: Question,
    author: User,
    specs: tuple[RuleSpec, ...],
    against: tuple[RuleSpec, ...] | None,
) -> Backtest:
    if Backtest.objects.filter(state=Backtest.State.WAITING).count() >= WAITING_MAX:
        raise TooManyWaiting(f"{WAITING_MAX} back-tests are waiting")
    row = Backtest.objects.create(
        author=author,
        specs=msgspec.to_builtins(specs),
        against_specs=None if against is None else msgspec.to_builtins(against),
        **question._asdict(),
    )
    ended = Backtest.objects.exclude(state__in=OPEN).order_by("-pk")
    Backtest.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[KEPT_MAX:])).delete()
    tell_backtest(row, "asked")
    transaction.on_commit(partial(wake, BACKTEST_TASK))
    return row
