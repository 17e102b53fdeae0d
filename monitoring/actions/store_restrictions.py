"""Store what shards have restricted, and end with the day what is to end with it."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from monitoring.actions.tell_restriction import Listeners, tell_restriction, tell_webhooks
from monitoring.domain.restrictions import DAY_OVER
from monitoring.models import Restriction, RestrictionStep
from monitoring.restriction_queries import ACTIVE, mask_bits, message_of, restrictions_listed
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.messages import restriction as messages
from riskgw.messages.restriction import Change

Verb = RestrictionStep.Verb


def store_restrictions(born: Sequence[messages.Restriction], listeners: Listeners = None) -> None:
    """Under their ids; the same one given twice is stored once, or widened."""
    for each in born:
        row = new_row(each)
        try:
            # Nobody knows it by far the most often: that is not asked first.
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            _store_again(each)
        else:
            note(row, Verb.RESTRICTED, each.reason)
            tell_webhooks(Change.RESTRICTED, each, listeners)


def end_with_day(day: date, told: Iterable[str]) -> None:
    """All that end with their trading day; of those in `told` the topic has heard already."""
    heard = frozenset(told)
    for row in over_with_day(day):
        if not _release(row, DAY_OVER):
            continue
        note(row, Verb.DAY_OVER, DAY_OVER)
        if row.number in heard:
            tell_webhooks(Change.RELEASED, message_of(row))
        else:
            tell_restriction(Change.RELEASED, message_of(row))


def over_with_day(day: date) -> QuerySet[Restriction]:
    """Those that ended with a trading day before this one."""
    return restrictions_listed().filter(
        state=ACTIVE, release=Restriction.Release.AUTO_DAY, trading_day__lt=day
    )


def new_row(each: messages.Restriction) -> Restriction:
    return Restriction(
        number=each.id,
        scope=each.scope,
        scope_text=each.scope_text,
        release=each.release,
        trading_day=trading_day(each.since_ns),
        since_ns=each.since_ns,
        since=utc_datetime(each.since_ns),
        reason=each.reason,
        rule=each.rule,
        level=each.level,
        alert=each.alert,
        told_to=f"|{'|'.join(each.counters)}|" if each.counters else "",
        **mask_bits(each.mask),
    )


def note(row: Restriction, verb: str, reason: str, **more: object) -> None:
    """One line of the audit."""
    RestrictionStep.objects.create(
        restriction=row, at=timezone.now(), verb=verb, reason=reason, **more
    )


def _store_again(each: messages.Restriction) -> None:
    """What is known by its id, or as another one of the same rule and scope."""
    known = Restriction.objects.filter(number=each.id).first()
    if known is not None:
        _widen(known, each)
        return
    double = Restriction.objects.get(rule=each.rule, scope_text=each.scope_text, state=ACTIVE)
    _store_double(each, double)


def _widen(row: Restriction, each: messages.Restriction) -> None:
    bits = {bit: is_set for bit, is_set in mask_bits(each.mask).items() if is_set}
    if row.state != ACTIVE or all(getattr(row, bit) for bit in bits):
        return
    changed = Restriction.objects.filter(pk=row.pk, state=ACTIVE)
    if changed.update(level=each.level, reason=each.reason, release=each.release, **bits):
        note(row, Verb.WIDENED, each.reason)
        tell_webhooks(Change.RESTRICTED, each)


def _store_double(each: messages.Restriction, double: Restriction) -> None:
    """Two shards have restricted the same for the same rule: one of them is enough."""
    row = new_row(each)
    row.state, row.release_reason = Restriction.State.RELEASED, f"as {double.number}"
    row.released_at = timezone.now()
    row.save()
    note(row, Verb.RELEASED, row.release_reason)
    _widen(double, each)
    tell_restriction(Change.RELEASED, message_of(row))


def _release(row: Restriction, reason: str) -> bool:
    changed = Restriction.objects.filter(pk=row.pk, state=ACTIVE)
    row.state, row.released_at = Restriction.State.RELEASED, timezone.now()
    row.release_reason = reason
    values = {"state": row.state, "released_at": row.released_at, "release_reason": reason}
    return changed.update(**values) == 1
