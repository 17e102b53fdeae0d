"""Alerts as they were raised."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitoring.models.choices import AlertStateChoice, LevelChoice
from monitoring.models.rule import RuleVersion
from monitoring.models.silence import Silence


class Alert(models.Model):
    """One rule, level and key, with the values beside their thresholds and the orders behind.

    A key that climbs further in the same episode gets another row; `is_newest` is the highest.
    """

    # Trading day, shard, series number of the event, place among its alerts.
    number = models.CharField(_("number"), max_length=60, unique=True)
    rule_version = models.ForeignKey(
        RuleVersion, models.PROTECT, related_name="alerts", verbose_name=_("rule version")
    )
    trading_day = models.DateField(_("trading day"))
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    key = models.JSONField(_("key"))
    key_text = models.CharField(_("key"), max_length=200)
    at = models.DateTimeField(_("time"))
    time_ns = models.BigIntegerField()
    values = models.JSONField(_("values and thresholds"))
    order_count = models.PositiveIntegerField(_("orders"))
    order_refs = models.JSONField(_("order references"))
    late = models.BooleanField(_("late"), default=False)
    evidence = models.CharField(_("evidence"), max_length=80, blank=True)
    # Raised by a rule on trial: shown as such, told to nobody.
    shadow = models.BooleanField(_("shadow"), default=False)
    action = models.CharField(_("action"), max_length=20, blank=True)
    mask = models.JSONField(_("stops"), default=list, blank=True)
    release = models.CharField(_("released by"), max_length=20, blank=True)
    episode = models.PositiveIntegerField(_("episode"), default=1)
    episode_id = models.CharField(_("episode"), max_length=280, blank=True)
    is_newest = models.BooleanField(_("newest of its episode"), default=True)
    # When people could first know of it; `at` is the market's time, in a replay another day's.
    stored_at = models.DateTimeField(_("stored"), default=timezone.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    silence = models.ForeignKey(
        Silence,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alerts",
        verbose_name=_("silenced by"),
    )
    state = models.CharField(
        _("state"), max_length=12, choices=AlertStateChoice, default=AlertStateChoice.OPEN
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        ordering = ["-time_ns", "pk"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["trading_day", "rule_version", "level", "key_text", "time_ns"],
                name="alert_stored_once",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=LevelChoice.values), name="alert_level_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AlertStateChoice.values), name="alert_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["trading_day", "level"]),
            models.Index(fields=["-time_ns", "id"], name="alert_newest_first"),
            models.Index(fields=["episode_id"], name="alert_episode"),
            models.Index(
                fields=["stored_at"],
                condition=models.Q(state=AlertStateChoice.OPEN, is_newest=True),
                name="alert_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_version} {self.get_level_display()} {' '.join(self.key.values())}"
