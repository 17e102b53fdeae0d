"""Where readings of function modules' metrics stand between their thresholds."""

from django.db import models

from riskgw.reference.models import ModuleMetric

KEY_MAX = 80


class ModuleStanding(models.Model):
    """One row a metric and key that ever reached a threshold."""

    metric = models.ForeignKey(ModuleMetric, models.CASCADE, related_name="standings")
    key = models.CharField(max_length=KEY_MAX, blank=True)
    # How far up: 0, monitoring, risk.
    height = models.PositiveSmallIntegerField(default=0)
    episode = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "key"], name="one_standing_a_reading")
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.key}".strip()
