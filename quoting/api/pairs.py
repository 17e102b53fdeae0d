"""Pairs as they stand: the panel, details, usage of limits, what other settings would quote."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings as _settings
from rest_framework import serializers

from quoting.api.engine import PairArguments, asked
from quoting.api.listings import known_pair
from quoting.api.strategies import settings_of
from quoting.desk_link import EngineAway, EngineLink
from quoting.domain.digits import exact
from quoting.domain.panel_frame import Frame
from quoting.domain.strategy import applied
from quoting.queries import base_settings, limits_of, pair_rows
from quoting.wire.desk import (
    AskDetails,
    AskPanel,
    AskPreview,
    AskTiles,
    AskUsage,
    Details,
    Preview,
    Tiles,
    UsageLine,
)
from riskgw.web.handlers import Answer, Handler

_PRICES = ("price", "target", "published")


class TileResult(serializers.Serializer[Any]):
    """How many cells are in which state, and why quoting stopped."""

    channel = serializers.CharField()
    is_channel_up = serializers.BooleanField()
    states = serializers.DictField(child=serializers.IntegerField())
    latch = serializers.DictField(allow_null=True)
    tickets = serializers.IntegerField()


class PairResult(serializers.Serializer[Any]):
    """A pair as it is set up; without an engine there is no tile."""

    pair = serializers.CharField()
    trade_type = serializers.CharField()
    decimals = serializers.IntegerField()
    channel = serializers.CharField()
    trader = serializers.CharField(allow_null=True)
    strategy = serializers.CharField(allow_null=True)
    deal_mode = serializers.CharField()
    is_enabled = serializers.BooleanField()
    tile = TileResult(allow_null=True)


class PairsResult(serializers.Serializer[Any]):
    """All of them, and whether the engine runs."""

    next = serializers.CharField(allow_null=True)
    is_engine_up = serializers.BooleanField()
    results = PairResult(many=True)


class CellResult(serializers.Serializer[Any]):
    """A cell; prices are decimal text, `published` is what the channel has confirmed."""

    side = serializers.CharField()
    level = serializers.IntegerField()
    size = serializers.IntegerField()
    mode = serializers.CharField()
    state = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    target = serializers.CharField(allow_null=True)
    published = serializers.CharField(allow_null=True)
    spread_adjust = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)
    age_ms = serializers.IntegerField(allow_null=True)


class PanelResult(serializers.Serializer[Any]):
    """A pair and its cells; `mode` is null where cells differ."""

    pair = serializers.CharField()
    mode = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field like any other
    cells = CellResult(many=True)


class ProviderResult(serializers.Serializer[Any]):
    """What one provider says, in ticks, and what it is good for."""

    source = serializers.CharField()  # type: ignore[assignment]  # a field like any other
    name = serializers.CharField()
    quality = serializers.CharField()
    bid = serializers.IntegerField(allow_null=True)
    ask = serializers.IntegerField(allow_null=True)
    age_ms = serializers.IntegerField()


class CellDetailsResult(serializers.Serializer[Any]):
    """`market` plus `addends` is `price`; a manual price has neither."""

    side = serializers.CharField()
    level = serializers.IntegerField()
    market = serializers.IntegerField(allow_null=True)
    addends = serializers.ListField(child=serializers.IntegerField())
    price = serializers.IntegerField(allow_null=True)


class DetailsResult(serializers.Serializer[Any]):
    """How the prices of a pair come about."""

    providers = ProviderResult(many=True)
    cells = CellDetailsResult(many=True)
    strategy = serializers.CharField()
    cleansed = serializers.ListField(child=serializers.JSONField())


class UsageLineResult(serializers.Serializer[Any]):
    """How much of a limit is used; a limit of 0 is none."""

    scope = serializers.CharField()
    kind = serializers.CharField()
    side = serializers.CharField(allow_null=True)
    used = serializers.IntegerField()
    limit = serializers.IntegerField()


class PreviewArguments(PairArguments):
    """Settings of a strategy that are not saved."""

    settings = serializers.DictField()


class PreviewCellResult(serializers.Serializer[Any]):
    """A cell by the settings of now and by those shown, in ticks."""

    side = serializers.CharField()
    level = serializers.IntegerField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class PreviewResult(serializers.Serializer[Any]):
    """What a change of settings would do to the prices of this moment."""

    cells = PreviewCellResult(many=True)


class ListPairs(Handler):
    """Pairs that are set up, and how they stand."""

    result = PairsResult

    def answer(self) -> Answer:
        tiles = _tiles()
        results = [
            {
                "pair": row.name,
                "trade_type": row.trade_type,
                "decimals": row.decimals,
                "channel": row.channel.name,
                "trader": row.trader.name if row.trader else None,
                "strategy": str(row.strategy) if row.strategy else None,
                "deal_mode": row.deal_mode,
                "is_enabled": row.is_enabled,
                "tile": (tiles or {}).get(row.name),
            }
            for row in pair_rows()
        ]
        return self.rendered({"next": None, "is_engine_up": tiles is not None, "results": results})


class ShowPanel(Handler):
    """A pair with all its cells: nothing is published that was not confirmed."""

    arguments = PairArguments
    result = PanelResult

    def answer(self) -> Answer:
        row = known_pair(self.values["pair"])
        frame = asked(AskPanel(row.name), Frame)
        cells = [_cell(fields, row.decimals) for _, fields in frame.cells]
        head = frame.head
        shown = {"pair": row.name, "mode": head["mode"], "source": head["source"]}
        return self.rendered({**shown, "cells": cells})


class ShowDetails(Handler):
    """How the prices of a pair come about: source, each addend, price."""

    arguments = PairArguments
    result = DetailsResult

    def answer(self) -> Answer:
        details = asked(AskDetails(self.values["pair"]), Details)
        return self.rendered(msgspec.to_builtins(details))


class ShowUsage(Handler):
    """Limits that hold for a pair, and how much of each is used."""

    arguments = PairArguments
    result = UsageLineResult
    is_list = True

    def answer(self) -> Answer:
        lines = asked(AskUsage(self.values["pair"]), list[UsageLine])
        return self.rendered(lines)


class PreviewSettings(Handler):
    """What the pair would quote by other settings, beside what it quotes now."""

    arguments = PreviewArguments
    result = PreviewResult

    def answer(self) -> Answer:
        row = known_pair(self.values["pair"])
        settings = settings_of(self.values["settings"])
        wanted = applied(base_settings(row, limits_of([row])), settings)
        return self.rendered(asked(AskPreview(row.name, wanted), Preview))


def _tiles() -> dict[str, Any] | None:
    """By pair; None without an engine."""
    try:
        tiles = EngineLink(_settings.ENGINE_SOCKET).ask(AskTiles(), Tiles)
    except EngineAway:
        return None
    return {tile.pair: msgspec.to_builtins(tile) for tile in tiles.tiles}


def _cell(fields: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    prices = {
        name: None if fields[name] is None else exact(fields[name], decimals) for name in _PRICES
    }
    return {**fields, **prices, "age_ms": fields.get("age_ms")}
