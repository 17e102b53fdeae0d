"""FX as a kind of obligation, with its metric."""

from django.db import migrations, models

# A risk threshold would stop the desk from quoting, which is what it owes: a prompt only.
THRESHOLD = {
    "metric": "fx_obligation",
    "monitoring": "70",
    "source_note": "house number, unverified; a restriction would stop what is owed",
}
OBLIGATION = {
    "exchange": "CFETS",
    "kind": "fx",
    "product": "USD.CNY",
    "size_min": "1000000",
    "spreads": [["0", "0.01"]],
    "presence_percent": "70",
    "response_percent": "60",
    "respond_within_ms": 10_000,
    "hold_ms": 1_000,
    "effective_from": "2020-01-01",
    "source_note": "house number, unverified; what platforms ask of makers is not public",
}


def add(apps, schema_editor):
    apps.get_model("monitoring", "MetricThreshold").objects.create(**THRESHOLD)
    apps.get_model("monitoring", "Obligation").objects.create(**OBLIGATION)


def remove(apps, schema_editor):
    apps.get_model("monitoring", "MetricThreshold").objects.filter(metric="fx_obligation").delete()
    apps.get_model("monitoring", "Obligation").objects.filter(kind="fx").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0024_webhook_leases_in_the_queue"),
    ]

    operations = [
        migrations.AlterField(
            model_name="historicalmetricthreshold",
            name="metric",
            field=models.CharField(
                choices=[
                    ("option_obligation", "option market-making obligation"),
                    ("future_obligation", "futures market-making obligation"),
                    ("fx_obligation", "FX market-making obligation"),
                    ("quotes", "quote statistics"),
                    ("funds", "fund statistics"),
                    ("cancels", "order and cancel statistics"),
                    ("largest_order", "maximum order"),
                    ("permission", "trading permission"),
                ],
                max_length=20,
                verbose_name="metric",
            ),
        ),
        migrations.AlterField(
            model_name="historicalobligation",
            name="kind",
            field=models.CharField(
                choices=[("option", "options"), ("future", "futures"), ("fx", "foreign exchange")],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="historicalobligation",
            name="product",
            field=models.CharField(
                blank=True,
                help_text="Letters such as io, or a pair such as USD.CNY; empty: all.",
                max_length=20,
                verbose_name="product",
            ),
        ),
        migrations.AlterField(
            model_name="metricfigure",
            name="metric",
            field=models.CharField(
                choices=[
                    ("option_obligation", "option market-making obligation"),
                    ("future_obligation", "futures market-making obligation"),
                    ("fx_obligation", "FX market-making obligation"),
                    ("quotes", "quote statistics"),
                    ("funds", "fund statistics"),
                    ("cancels", "order and cancel statistics"),
                    ("largest_order", "maximum order"),
                    ("permission", "trading permission"),
                ],
                max_length=20,
                verbose_name="metric",
            ),
        ),
        migrations.AlterField(
            model_name="metricpoint",
            name="metric",
            field=models.CharField(
                choices=[
                    ("option_obligation", "option market-making obligation"),
                    ("future_obligation", "futures market-making obligation"),
                    ("fx_obligation", "FX market-making obligation"),
                    ("quotes", "quote statistics"),
                    ("funds", "fund statistics"),
                    ("cancels", "order and cancel statistics"),
                    ("largest_order", "maximum order"),
                    ("permission", "trading permission"),
                ],
                max_length=20,
                verbose_name="metric",
            ),
        ),
        migrations.AlterField(
            model_name="metricstanding",
            name="metric",
            field=models.CharField(
                choices=[
                    ("option_obligation", "option market-making obligation"),
                    ("future_obligation", "futures market-making obligation"),
                    ("fx_obligation", "FX market-making obligation"),
                    ("quotes", "quote statistics"),
                    ("funds", "fund statistics"),
                    ("cancels", "order and cancel statistics"),
                    ("largest_order", "maximum order"),
                    ("permission", "trading permission"),
                ],
                max_length=20,
                verbose_name="metric",
            ),
        ),
        migrations.AlterField(
            model_name="metricthreshold",
            name="metric",
            field=models.CharField(
                choices=[
                    ("option_obligation", "option market-making obligation"),
                    ("future_obligation", "futures market-making obligation"),
                    ("fx_obligation", "FX market-making obligation"),
                    ("quotes", "quote statistics"),
                    ("funds", "fund statistics"),
                    ("cancels", "order and cancel statistics"),
                    ("largest_order", "maximum order"),
                    ("permission", "trading permission"),
                ],
                max_length=20,
                verbose_name="metric",
            ),
        ),
        migrations.AlterField(
            model_name="obligation",
            name="kind",
            field=models.CharField(
                choices=[("option", "options"), ("future", "futures"), ("fx", "foreign exchange")],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="obligation",
            name="product",
            field=models.CharField(
                blank=True,
                help_text="Letters such as io, or a pair such as USD.CNY; empty: all.",
                max_length=20,
                verbose_name="product",
            ),
        ),
        migrations.RunPython(add, remove),
    ]
