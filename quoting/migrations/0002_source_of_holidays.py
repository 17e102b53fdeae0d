"""Where each holiday is known from."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('quoting', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='currencyholiday',
            name='source_note',
            field=models.CharField(blank=True, max_length=200, verbose_name='source'),
        ),
        migrations.AddField(
            model_name='historicalcurrencyholiday',
            name='source_note',
            field=models.CharField(blank=True, max_length=200, verbose_name='source'),
        ),
    ]
