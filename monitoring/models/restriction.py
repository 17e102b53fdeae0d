"""Restrictions as they were made and ended, and everything people did with them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Restriction(models.Model):
    """Who is stopped from what; made by a rule's alert or by hand, ended by a day or a person."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        RELEASED = "released", _("released")

    class Release(models.TextChoices):
        AUTO_DAY = "auto_day", _("with the trading day")
        TRADER = "trader", _("by a trader")
        RISK_OFFICER = "risk_officer", _("by a risk officer")
        FOUR_EYES = "four_eyes", _("by two persons")

    # The number of the alert, or what whoever made it by hand called it.
    number = models.CharField(_("number"), max_length=60, unique=True)
    # {"account": "A1", "contract": "SSE:600000"}; all parts must fit, an empty one means everybody.
    scope = models.JSONField(_("scope"))
    scope_text = models.CharField(_("scope"), max_length=300, blank=True)
    stops_open = models.BooleanField(_("stops opening"), default=False)
    stops_close = models.BooleanField(_("stops closing"), default=False)
    stops_cancel = models.BooleanField(_("stops cancels"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    release = models.CharField(
        _("released"), max_length=14, choices=Release, default=Release.TRADER
    )
    trading_day = models.DateField(_("trading day"))
    since_ns = models.BigIntegerField()
    since = models.DateTimeField(_("since"))
    reason = models.CharField(_("reason"), max_length=400)
    rule = models.CharField(_("rule"), max_length=30, blank=True)
    level = models.CharField(_("level"), max_length=10, blank=True)
    alert = models.CharField(_("alert"), max_length=60, blank=True)
    # |ALPHA|BETA|: the counters it is told to; empty for all.
    told_to = models.TextField(_("counters"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("release proposed by"),
    )  # fmt: skip
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True)
    proposal_reason = models.CharField(_("reason of the proposal"), max_length=400, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("released by"),
    )  # fmt: skip
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    release_reason = models.CharField(_("reason of the release"), max_length=400, blank=True)

    class Meta:
        ordering = ["-since_ns", "-pk"]
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        permissions = [
            ("release_restriction", "Can release restrictions"),
            ("release_restriction_of_risk", "Can release restrictions kept for risk officers"),
            ("check_orders", "Can have orders checked"),
            ("feed_events", "Can send orders, quotes, positions and funds"),
            ("view_headroom", "Can ask how much is left before a limit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stops_open=True) | Q(stops_close=True) | Q(stops_cancel=True),
                name="restriction_stops_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["active", "released"]), name="restriction_state_known"
            ),
            models.UniqueConstraint(
                fields=["rule", "scope_text"],
                condition=Q(state="active") & ~Q(rule=""),
                name="one_active_restriction_a_rule",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-since_ns"], name="restriction_state_since"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.scope_text or '*'}"


class RestrictionStep(models.Model):
    """One thing that happened to a restriction: who, when, why. Never changed."""

    class Verb(models.TextChoices):
        RESTRICTED = "restricted", _("restricted")
        WIDENED = "widened", _("widened")
        PROPOSED = "proposed", _("release proposed")
        RELEASED = "released", _("released")
        DAY_OVER = "day_over", _("released with the trading day")
        CANCEL_REQUESTED = "cancel_request", _("counter asked to cancel orders")

    restriction = models.ForeignKey(
        Restriction, models.PROTECT, related_name="steps", verbose_name=_("restriction")
    )
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    verb = models.CharField(_("what"), max_length=14, choices=Verb)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("step of a restriction")
        verbose_name_plural = _("steps of restrictions")

    def __str__(self) -> str:
        return f"{self.restriction_id} {self.verb}"
