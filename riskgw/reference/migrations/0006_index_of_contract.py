from django.db import migrations, models


def added(model_name):
    return migrations.AddField(
        model_name=model_name,
        name="index",
        field=models.CharField(
            blank=True,
            default="",
            help_text="The index it counts in, as SSE:000001; an index has its own.",
            max_length=40,
            verbose_name="index",
        ),
        preserve_default=False,
    )


class Migration(migrations.Migration):
    dependencies = [("reference", "0005_permissions_and_pools")]
    operations = [added("contract"), added("historicalcontract")]
