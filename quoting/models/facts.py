"""What has happened, stored from the decision log in batches; prices in ticks, sizes in units.

A fact's place is its line in the log and its number among what that line led to: the database lets
it in once.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quoting.models.choices import ActChoice, AnswerChoice, ReasonChoice, RuleChoice, SideChoice

PAIR_MAX, NAME_MAX, TEXT_MAX = 15, 40, 300
_UNANSWERED = Q(answered_ns__isnull=True)


class DecisionLog(models.Model):
    """A file of the decision log, and how far it is stored; written with what is stored of it."""

    name = models.CharField(_("file"), max_length=120, unique=True)
    stored_bytes = models.BigIntegerField(_("stored (bytes)"), default=0)

    class Meta:
        ordering = ("name",)
        verbose_name = _("decision log")
        verbose_name_plural = _("decision logs")

    def __str__(self) -> str:
        return self.name


class _Fact(models.Model):
    """`line` is the byte at which the decision's line begins. Nothing refers to a fact."""

    # No key in the database: rows by the thousand, all of the same log.
    log = models.ForeignKey(
        DecisionLog, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False,
        verbose_name=_("decision log"),
    )  # fmt: skip
    line = models.BigIntegerField(_("line"))
    place = models.PositiveSmallIntegerField(_("place"))
    at_ns = models.BigIntegerField(_("time (ns)"))
    pair = models.CharField(_("pair"), max_length=PAIR_MAX, blank=True)

    class Meta:
        abstract = True
        # Keys grow with time, and every table has an index of them.
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.pair} {self.at_ns}".strip()


class PublishedQuote(_Fact):
    """A price that was sent of a cell. `market` is what an automatic one was made from."""

    channel = models.CharField(pgettext_lazy("quoting", "channel"), max_length=NAME_MAX)
    quote = models.BigIntegerField(_("quote number"))
    side = models.CharField(_("side"), max_length=3, choices=SideChoice)
    level = models.PositiveSmallIntegerField(_("level"))
    price = models.BigIntegerField(_("price (ticks)"))
    size = models.BigIntegerField(_("size"))
    market = models.BigIntegerField(_("market price (ticks)"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=12, choices=AnswerChoice, blank=True)
    answered_ns = models.BigIntegerField(_("answered (ns)"), null=True, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("published quote")
        verbose_name_plural = _("published quotes")
        constraints = (
            models.UniqueConstraint(name="quoting_published_once", fields=("log", "line", "place")),
        )
        indexes = (
            models.Index(name="quoting_published_of_pair", fields=("pair", "id")),
            models.Index(
                name="quoting_published_waiting", fields=("channel", "quote"), condition=_UNANSWERED
            ),
        )

    @property
    def is_manual(self) -> bool:
        return self.market is None


class Withdrawal(_Fact):
    """What was taken back: a cell, without a side a pair, without a pair everything there."""

    channel = models.CharField(pgettext_lazy("quoting", "channel"), max_length=NAME_MAX)
    quote = models.BigIntegerField(_("quote number"))
    side = models.CharField(_("side"), max_length=3, choices=SideChoice, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonChoice, blank=True)
    answer = models.CharField(_("answer"), max_length=12, choices=AnswerChoice, blank=True)
    answered_ns = models.BigIntegerField(_("answered (ns)"), null=True, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("withdrawal of quotes")
        verbose_name_plural = _("withdrawals of quotes")
        constraints = (
            models.UniqueConstraint(
                name="quoting_withdrawal_once", fields=("log", "line", "place")
            ),
        )
        indexes = (
            models.Index(name="quoting_withdrawal_of_pair", fields=("pair", "id")),
            models.Index(
                name="quoting_withdrawal_waiting",
                fields=("channel", "quote"),
                condition=_UNANSWERED,
            ),
        )


class PriceRequest(_Fact):
    """A counterparty asked for a price; what it got, and who answered."""

    request = models.CharField(_("number"), max_length=80)
    party = models.CharField(_("counterparty"), max_length=80, blank=True)
    size = models.BigIntegerField(_("size"))
    bid = models.BigIntegerField(_("bid (ticks)"), null=True, blank=True)
    ask = models.BigIntegerField(_("offer (ticks)"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonChoice, blank=True)
    by = models.CharField(_("answered by"), max_length=150, blank=True)
    answered_ns = models.BigIntegerField(_("answered (ns)"), null=True, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("price request")
        verbose_name_plural = _("price requests")
        constraints = (
            models.UniqueConstraint(name="quoting_request_once", fields=("log", "line", "place")),
        )
        indexes = (
            models.Index(name="quoting_request_of_pair", fields=("pair", "id")),
            models.Index(
                name="quoting_request_waiting", fields=("pair", "request"), condition=_UNANSWERED
            ),
        )


class Deal(_Fact):
    """The last look at a request to deal: prices at both moments, the tolerance, the answer."""

    deal = models.CharField(_("number"), max_length=80)
    party = models.CharField(_("counterparty"), max_length=80, blank=True)
    side = models.CharField(_("our side"), max_length=3, choices=SideChoice)
    size = models.BigIntegerField(_("size"))
    price = models.BigIntegerField(_("price (ticks)"))
    is_accepted = models.BooleanField(_("accepted"))
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonChoice, blank=True)
    requested_ns = models.BigIntegerField(_("requested (ns)"))
    price_at_request = models.BigIntegerField(_("our price then (ticks)"), null=True, blank=True)
    price_at_decision = models.BigIntegerField(_("our price now (ticks)"), null=True, blank=True)
    tolerance = models.PositiveIntegerField(_("tolerance (ticks)"))
    by = models.CharField(_("decided by"), max_length=150, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("FX deal")
        verbose_name_plural = _("FX deals")
        constraints = (
            models.UniqueConstraint(name="quoting_deal_once", fields=("log", "line", "place")),
        )
        indexes = (models.Index(name="quoting_deal_of_pair", fields=("pair", "id")),)


class DeskAction(_Fact):
    """What somebody did at the desk and what came of it; without a name, what the book did."""

    by = models.CharField(_("by"), max_length=150, blank=True)
    act = models.CharField(_("what"), max_length=14, choices=ActChoice)
    side = models.CharField(_("side"), max_length=3, choices=SideChoice, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    value = models.BigIntegerField(_("value"), null=True, blank=True)
    bound = models.BigIntegerField(_("limit"), null=True, blank=True)
    text = models.CharField(_("text"), max_length=TEXT_MAX, blank=True)
    is_refused = models.BooleanField(_("refused"), default=False)
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonChoice, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("desk action")
        verbose_name_plural = _("desk actions")
        constraints = (
            models.UniqueConstraint(name="quoting_action_once", fields=("log", "line", "place")),
        )
        indexes = (
            models.Index(name="quoting_action_of_user", fields=("by", "id")),
            models.Index(name="quoting_action_of_pair", fields=("pair", "id")),
        )


class CleansedPrice(_Fact):
    """A price that was not believed: the test, what was found, what it was held against."""

    source = models.CharField(_("data source"), max_length=NAME_MAX)
    provider = models.CharField(_("provider"), max_length=80)
    rule = models.CharField(_("test"), max_length=16, choices=RuleChoice)
    value = models.BigIntegerField(_("found"))
    bound = models.BigIntegerField(_("held against"))
    bid = models.BigIntegerField(_("bid (ticks)"), null=True, blank=True)
    ask = models.BigIntegerField(_("offer (ticks)"), null=True, blank=True)

    class Meta(_Fact.Meta):
        verbose_name = _("price not believed")
        verbose_name_plural = _("prices not believed")
        constraints = (
            models.UniqueConstraint(name="quoting_cleansed_once", fields=("log", "line", "place")),
        )
        indexes = (models.Index(name="quoting_cleansed_of_pair", fields=("pair", "id")),)
