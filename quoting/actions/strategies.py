"""Strategies are saved as versions, and chosen by pairs; what is chosen is in force at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from quoting.actions.tell_engine import reload_engine
from quoting.domain.settings import DealMode
from quoting.domain.strategy import Fault, StrategyFaulty, StrategySettings, plain_of, read
from quoting.models import DataSource, Pair, Strategy, StrategyVersion
from quoting.queries import QuoteSettingsFaulty, settings_faults


class SavedMeanwhile(ValueError):
    """Another version was saved after the one that was changed."""


class NotForThisPair(LookupError):
    """There is no such strategy or version, or it is another pair's."""


@dataclass(frozen=True)
class WantedVersion:
    """`after` is the newest version that was seen; 0 makes the strategy, perhaps for one pair."""

    strategy: str
    after: int
    settings: Mapping[str, Any]
    comment: str = ""
    is_own: bool = False


def known_settings(given: Mapping[str, Any]) -> StrategySettings:
    """Read, and all sources are there; `StrategyFaulty` names what is not."""
    settings = read(given)
    names = {name for sources in settings.choices.values() for name in sources}
    known = set(DataSource.objects.filter(name__in=names).values_list("name", flat=True))
    if strangers := sorted(names - known):
        raise StrategyFaulty([Fault(f"choices: {name}", "unknown_source") for name in strangers])
    return settings


def save_version(pair: Pair, wanted: WantedVersion, user: User) -> tuple[StrategyVersion, bool]:
    """A new version, chosen by the pair; and whether it is in force."""
    settings = known_settings(wanted.settings)
    with transaction.atomic():
        strategy = _strategy(pair, wanted, user)
        version = StrategyVersion(
            strategy=strategy,
            number=wanted.after + 1,
            settings=plain_of(settings),
            by=user.get_username(),
            at=timezone.now(),
            comment=wanted.comment,
        )
        try:
            with transaction.atomic():
                version.save(force_insert=True)
        except IntegrityError:
            raise SavedMeanwhile(str(version)) from None
        if strategy.versions.filter(number__gt=version.number).exists():
            raise SavedMeanwhile(str(version))
        _choose(pair, version, user)
    return version, reload_engine(user.get_username(), pair.name)


def choose_version(pair: Pair, strategy: str, number: int, user: User) -> bool:
    """Whether it is in force."""
    found = StrategyVersion.objects.select_related("strategy").filter(
        strategy__name=strategy, number=number
    )
    version = found.first()
    if version is None or version.strategy.pair_id not in (None, pair.pk):
        raise NotForThisPair(strategy)
    with transaction.atomic():
        _choose(pair, version, user)
    return reload_engine(user.get_username(), pair.name)


def set_deal_mode(pair: Pair, mode: DealMode, user: User) -> bool:
    """Whether it is in force."""
    with transaction.atomic():
        pair.deal_mode = mode.value
        _save(pair, user, "deal_mode")
    return reload_engine(user.get_username(), pair.name)


def _strategy(pair: Pair, wanted: WantedVersion, user: User) -> Strategy:
    if wanted.after:
        strategy = Strategy.objects.filter(name=wanted.strategy).first()
        if strategy is None or strategy.pair_id not in (None, pair.pk):
            raise NotForThisPair(wanted.strategy)
        newest = strategy.versions.order_by("-number").values_list("number", flat=True).first()
        if newest != wanted.after:
            raise SavedMeanwhile(f"{strategy} v{newest}")
        return strategy
    made = Strategy(name=wanted.strategy, pair=pair if wanted.is_own else None)
    _as(made, user)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise SavedMeanwhile(wanted.strategy) from None
    return made


def _choose(pair: Pair, version: StrategyVersion, user: User) -> None:
    """What no engine could be made of is not kept."""
    pair.strategy = version
    _save(pair, user, "strategy")
    if faults := settings_faults():
        raise QuoteSettingsFaulty(faults)


def _save(pair: Pair, user: User, column: str) -> None:
    _as(pair, user)
    pair.save(update_fields=[column])


def _as(row: Any, user: User) -> None:
    """A command of the live socket has no request from which history could take the user."""
    row._history_user = user  # noqa: SLF001  # documented
