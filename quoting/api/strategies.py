"""Strategies: which there are, a new version, the choice of a pair; and who answers requests."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from quoting.actions.strategies import (
    NotForThisPair,
    SavedMeanwhile,
    WantedVersion,
    choose_version,
    known_settings,
    save_version,
    set_deal_mode,
)
from quoting.api.engine import PairArguments
from quoting.api.listings import known_pair
from quoting.domain.settings import DealMode
from quoting.domain.strategy import StrategyFaulty, StrategySettings, plain_of
from quoting.models import DataSource, StrategyVersion
from quoting.models.choices import DealModeChoice
from quoting.models.strategy import COMMENT_MAX, NAME_MAX
from quoting.queries import QuoteSettingsFaulty, strategies_of
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem, not_found

VERSION_MAX = 1_000_000


class ChooseArguments(PairArguments):
    """Which version of which strategy."""

    strategy = serializers.CharField(max_length=NAME_MAX)
    version = serializers.IntegerField(min_value=1, max_value=VERSION_MAX)


class SaveArguments(PairArguments):
    """`version` is the newest that was seen, 0 for a new strategy; `is_own`: of this pair alone."""

    strategy = serializers.CharField(max_length=NAME_MAX)
    version = serializers.IntegerField(min_value=0, max_value=VERSION_MAX)
    settings = serializers.DictField()
    comment = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=COMMENT_MAX
    )
    is_own = serializers.BooleanField(default=False)


class DealModeArguments(PairArguments):
    """Who answers requests from now on."""

    mode = serializers.ChoiceField(DealModeChoice.values)


class ChosenResult(serializers.Serializer[Any]):
    """What a pair quotes by."""

    strategy = serializers.CharField()
    version = serializers.IntegerField()


class InForceResult(ChosenResult):
    """Without an engine, it is in force once there is one."""

    is_in_force = serializers.BooleanField()


class DealModeResult(serializers.Serializer[Any]):
    """Without an engine, it is in force once there is one."""

    mode = serializers.ChoiceField(DealModeChoice.values)
    is_in_force = serializers.BooleanField()


class StrategyVersionResult(serializers.Serializer[Any]):
    """What was saved at once."""

    number = serializers.IntegerField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    comment = serializers.CharField()
    settings = serializers.DictField()


class StrategyResult(serializers.Serializer[Any]):
    """A strategy with its newest versions, the newest first."""

    name = serializers.CharField()
    pair = serializers.CharField(allow_null=True)
    versions = StrategyVersionResult(many=True)


class StrategiesResult(serializers.Serializer[Any]):
    """What a pair may choose; `settings` are those it has."""

    pair = serializers.CharField()
    chosen = ChosenResult(allow_null=True)
    settings = serializers.DictField()
    sources = serializers.ListField(child=serializers.CharField())
    strategies = StrategyResult(many=True)


class ListStrategies(Handler):
    """Strategies that the pair may choose, and its own."""

    arguments = PairArguments
    result = StrategiesResult

    def answer(self) -> Answer:
        pair = known_pair(self.values["pair"])
        chosen = pair.strategy
        strategies = [
            {
                "name": strategy.name,
                "pair": pair.name if strategy.pair_id else None,
                "versions": versions,
            }
            for strategy, versions in strategies_of(pair)
        ]
        return self.rendered({
            "pair": pair.name,
            "chosen": None if chosen is None else _chosen(chosen),
            "settings": plain_of(StrategySettings()) if chosen is None else chosen.settings,
            "sources": list(DataSource.objects.values_list("name", flat=True)),
            "strategies": strategies,
        })  # fmt: skip


class SaveStrategy(Handler):
    """Save a version, chosen by the pair at once: in force on the next tick."""

    arguments = SaveArguments
    result = InForceResult

    def answer(self) -> Answer:
        values = self.values
        pair = known_pair(values["pair"])
        wanted = WantedVersion(
            values["strategy"], values["version"], values["settings"], values["comment"],
            values["is_own"],
        )  # fmt: skip
        version, is_in_force = refusing(lambda: save_version(pair, wanted, self.user))
        return self.rendered({**_chosen(version), "is_in_force": is_in_force})


class ChooseStrategy(Handler):
    """Have the pair quote by a version that was saved: in force on the next tick."""

    arguments = ChooseArguments
    result = InForceResult

    def answer(self) -> Answer:
        values = self.values
        pair = known_pair(values["pair"])
        strategy, version = values["strategy"], values["version"]
        is_in_force = refusing(lambda: choose_version(pair, strategy, version, self.user))
        shown = {"strategy": strategy, "version": version, "is_in_force": is_in_force}
        return self.rendered(shown)


class SwitchDealMode(Handler):
    """Requests are answered automatically, or by ticket."""

    arguments = DealModeArguments
    result = DealModeResult

    def answer(self) -> Answer:
        mode = DealMode(self.values["mode"])
        is_in_force = set_deal_mode(known_pair(self.values["pair"]), mode, self.user)
        return self.rendered({"mode": mode.value, "is_in_force": is_in_force})


def settings_of(given: Mapping[str, Any]) -> StrategySettings:
    """Settings that were sent, or the problem with them."""
    found: StrategySettings = refusing(lambda: known_settings(given))
    return found


def refusing(act: Callable[[], Any]) -> Any:
    """What the action gives, or the problem its refusal stands for."""
    try:
        return act()
    except StrategyFaulty as error:
        errors = [FieldError(fault.path, fault.code, fault.code) for fault in error.faults]
        detail = gettext("Some of these settings are not possible.")
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "settings", detail, errors) from None
    except QuoteSettingsFaulty as error:
        errors = [FieldError(fault.row, "settings", fault.detail) for fault in error.faults]
        detail = gettext("The engine could not be started with these settings.")
        raise Problem(HTTPStatus.CONFLICT, "engine_settings", detail, errors) from None
    except SavedMeanwhile:
        detail = gettext("Somebody else has saved a version meanwhile.")
        raise Problem(HTTPStatus.CONFLICT, "saved_meanwhile", detail) from None
    except NotForThisPair:
        raise not_found(gettext("The pair has no such strategy to choose.")) from None


def _chosen(version: StrategyVersion) -> dict[str, Any]:
    return {"strategy": version.strategy.name, "version": version.number}
