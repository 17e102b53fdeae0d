"""Back-tests as jobs: what was asked for, how far it is, and what came of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.choices import LevelChoice


class Backtest(models.Model):
    """Rules judged on captures of past days. The rules are frozen when it is asked for."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        # Its process was lost.
        INTERRUPTED = "interrupted", _("interrupted")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    first_day = models.DateField()
    last_day = models.DateField()
    rules = models.CharField(max_length=80)
    against = models.CharField(max_length=80, blank=True)
    specs = models.JSONField()
    against_specs = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # While it runs: who has not said by then that it goes on is taken for dead.
    lease_until = models.DateTimeField(null=True, blank=True)
    progress_permille = models.PositiveSmallIntegerField(default=0)
    events = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    result = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="running"),
                name="one_backtest_runs",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=("waiting", "running", "done", "failed", "cancelled", "interrupted")
                ),
                name="backtest_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="backtest_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        against = f" / {self.against}" if self.against else ""
        return f"{self.rules}{against} {self.first_day}"


class BacktestAlert(models.Model):
    """An alert that a back-test found, and whether the rules compared with raise it, too."""

    class Change(models.TextChoices):
        ADDED = "added", _("only by the new rules")
        REMOVED = "removed", _("only by the old rules")
        LEVEL = "level", _("at another level")
        NONE = "none", _("by both")

    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="alerts")
    number = models.PositiveIntegerField()
    # Empty where nothing was compared.
    change = models.CharField(max_length=8, choices=Change, blank=True)
    rule = models.CharField(max_length=30)
    level = models.CharField(max_length=10, choices=LevelChoice)
    level_before = models.CharField(max_length=10, blank=True)
    key = models.JSONField()
    time_ns = models.BigIntegerField()
    values = models.JSONField()
    order_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["backtest", "number"]
        verbose_name = _("alert of a back-test")
        verbose_name_plural = _("alerts of a back-test")
        constraints = [
            models.UniqueConstraint(
                fields=["backtest", "number"], name="one_backtest_alert_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.backtest_id}.{self.number} {self.rule} {self.level}"
