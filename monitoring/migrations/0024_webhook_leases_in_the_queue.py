"""Leases of webhooks are kept by the queue server: a row of them was one more wait to write."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0023_standings_since")]

    operations = [migrations.RemoveField(model_name="webhookendpoint", name="leased_until")]
