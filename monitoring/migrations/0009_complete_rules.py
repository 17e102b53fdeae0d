"""Rules, indicators and thresholds with all their parts; versions in states; parameter packs."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def end_what_is_off(apps, schema_editor):
    """What is in force was told by the rule's mode; from now on its newest version tells it."""
    versions = apps.get_model("monitoring", "RuleVersion").objects
    for rule in apps.get_model("monitoring", "Rule").objects.filter(mode__in=["draft", "off"]):
        newest = versions.filter(rule=rule).order_by("-number").first()
        if newest is not None:
            versions.create(
                rule=rule,
                number=newest.number + 1,
                spec={**newest.spec, "version": newest.number + 1},
                mode="off",
                effective_from=timezone.now(),
            )


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0008_event_kinds_and_fields'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(choices=[('event', 'event'), ('exchange', 'exchange'), ('account', 'account'), ('group', 'control group'), ('customer', 'customer'), ('counter', 'counter'), ('access_system', 'access system'), ('source', 'source address'), ('contract', 'contract'), ('product', 'product'), ('board', 'board'), ('side', 'side'), ('order_type', 'order type'), ('tif', 'time in force'), ('offset', 'open or close'), ('order_ref', 'order reference'), ('price', 'price (CNY)'), ('quantity', 'quantity (shares)'), ('amount', 'amount (CNY)'), ('age_ms', 'age of the order (ms)'), ('order_quantity_max', "contract's largest order (shares)"), ('self_trade', 'self-trade'), ('st', 'special treatment (ST)'), ('market_maker', 'market maker'), ('hedge', 'hedge'), ('unknown_counter', 'unknown counter'), ('phase', 'trading phase'), ('segment', 'segment (ST or other)'), ('pool', 'security pool'), ('units', 'information units'), ('live_quantity', 'live quantity of the order'), ('cancelled_quantity', 'cancelled quantity'), ('size_percent_max', 'quantity in % of the largest order'), ('tick_ok', 'price on the tick'), ('lot_ok', 'quantity in whole lots'), ('has_permission', 'has permission'), ('is_opening', 'opens a position'), ('is_closing', 'closes a position'), ('in_best5', 'within the best five prices'), ('own_live_best5', 'own live quantity in the best five'), ('best5_quantity', "market's quantity in the best five"), ('own_best5_percent', 'own share of the best five (%)'), ('own_best5_amount', 'own live amount in the best five (CNY)'), ('own_live_at_price', 'own live quantity at the price'), ('market_at_price', "market's quantity at the price"), ('own_at_price_percent', 'own share at the price (%)'), ('at_limit_price', 'at the limit price'), ('off_previous_close_percent', 'price off the previous close (%)'), ('off_last_percent', 'price off the last price (%)'), ('crosses_own', 'crosses an own order'), ('has_reverse_fill', 'has a fill on the other side'), ('last', 'last price (CNY)'), ('market_volume', "market's volume of the day"), ('market_turnover', "market's turnover of the day (CNY)"), ('previous_close', 'previous close (CNY)'), ('move_percent', 'last price against the previous close (%)'), ('market_at_limit_buy', "market's bids at the upper limit"), ('market_at_limit_sell', "market's offers at the lower limit"), ('is_stale_market', 'market data is stale'), ('severe_volatility', 'severe abnormal volatility'), ('position', 'position'), ('sellable', 'sellable quantity'), ('available', 'available funds (CNY)'), ('equity', 'equity (CNY)'), ('margin', 'margin (CNY)'), ('risk_percent', 'margin in % of equity')], max_length=30, verbose_name='field')),
                ('values', models.CharField(help_text='A list is separated by commas; flags are true or false.', max_length=1000, verbose_name='values')),
            ],
            options={
                'verbose_name': 'exemption',
                'verbose_name_plural': 'exemptions',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalExemption',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('field', models.CharField(choices=[('event', 'event'), ('exchange', 'exchange'), ('account', 'account'), ('group', 'control group'), ('customer', 'customer'), ('counter', 'counter'), ('access_system', 'access system'), ('source', 'source address'), ('contract', 'contract'), ('product', 'product'), ('board', 'board'), ('side', 'side'), ('order_type', 'order type'), ('tif', 'time in force'), ('offset', 'open or close'), ('order_ref', 'order reference'), ('price', 'price (CNY)'), ('quantity', 'quantity (shares)'), ('amount', 'amount (CNY)'), ('age_ms', 'age of the order (ms)'), ('order_quantity_max', "contract's largest order (shares)"), ('self_trade', 'self-trade'), ('st', 'special treatment (ST)'), ('market_maker', 'market maker'), ('hedge', 'hedge'), ('unknown_counter', 'unknown counter'), ('phase', 'trading phase'), ('segment', 'segment (ST or other)'), ('pool', 'security pool'), ('units', 'information units'), ('live_quantity', 'live quantity of the order'), ('cancelled_quantity', 'cancelled quantity'), ('size_percent_max', 'quantity in % of the largest order'), ('tick_ok', 'price on the tick'), ('lot_ok', 'quantity in whole lots'), ('has_permission', 'has permission'), ('is_opening', 'opens a position'), ('is_closing', 'closes a position'), ('in_best5', 'within the best five prices'), ('own_live_best5', 'own live quantity in the best five'), ('best5_quantity', "market's quantity in the best five"), ('own_best5_percent', 'own share of the best five (%)'), ('own_best5_amount', 'own live amount in the best five (CNY)'), ('own_live_at_price', 'own live quantity at the price'), ('market_at_price', "market's quantity at the price"), ('own_at_price_percent', 'own share at the price (%)'), ('at_limit_price', 'at the limit price'), ('off_previous_close_percent', 'price off the previous close (%)'), ('off_last_percent', 'price off the last price (%)'), ('crosses_own', 'crosses an own order'), ('has_reverse_fill', 'has a fill on the other side'), ('last', 'last price (CNY)'), ('market_volume', "market's volume of the day"), ('market_turnover', "market's turnover of the day (CNY)"), ('previous_close', 'previous close (CNY)'), ('move_percent', 'last price against the previous close (%)'), ('market_at_limit_buy', "market's bids at the upper limit"), ('market_at_limit_sell', "market's offers at the lower limit"), ('is_stale_market', 'market data is stale'), ('severe_volatility', 'severe abnormal volatility'), ('position', 'position'), ('sellable', 'sellable quantity'), ('available', 'available funds (CNY)'), ('equity', 'equity (CNY)'), ('margin', 'margin (CNY)'), ('risk_percent', 'margin in % of equity')], max_length=30, verbose_name='field')),
                ('values', models.CharField(help_text='A list is separated by commas; flags are true or false.', max_length=1000, verbose_name='values')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical exemption',
                'verbose_name_plural': 'historical exemptions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalLevelAction',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('level', models.CharField(choices=[('warn', 'warn'), ('restrict', 'restrict'), ('limit', 'limit')], max_length=10, verbose_name='level')),
                ('action', models.CharField(choices=[('warn', 'warn'), ('report', 'report'), ('throttle', 'throttle'), ('reject', 'deny the order'), ('restrict_open', 'stop openings'), ('restrict_orders', 'stop orders'), ('kill', 'stop all orders')], max_length=20, verbose_name='action')),
                ('mask', models.JSONField(blank=True, default=list, verbose_name='stops')),
                ('release', models.CharField(choices=[('auto_day', 'the next trading day'), ('trader', 'the trader'), ('risk_officer', 'the risk officer'), ('four_eyes', 'two people')], default='auto_day', max_length=20, verbose_name='ended by')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical action',
                'verbose_name_plural': 'historical actions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalThenStep',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('side', models.CharField(choices=[('opposite', 'the other side'), ('same', 'the same side')], default='opposite', max_length=10, verbose_name='side')),
                ('cmp', models.CharField(choices=[('ge', '≥'), ('gt', '>'), ('le', '≤'), ('lt', '<'), ('eq', '='), ('ne', '≠')], max_length=5, verbose_name='comparison')),
                ('value', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='value')),
                ('within_ms', models.PositiveIntegerField(blank=True, null=True, verbose_name='within (ms)')),
                ('until', models.CharField(blank=True, help_text='HH:MM of the same trading day, or next HH:MM of the next one.', max_length=10, verbose_name='until')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical step that follows',
                'verbose_name_plural': 'historical step that follows',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='LevelAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('warn', 'warn'), ('restrict', 'restrict'), ('limit', 'limit')], max_length=10, verbose_name='level')),
                ('action', models.CharField(choices=[('warn', 'warn'), ('report', 'report'), ('throttle', 'throttle'), ('reject', 'deny the order'), ('restrict_open', 'stop openings'), ('restrict_orders', 'stop orders'), ('kill', 'stop all orders')], max_length=20, verbose_name='action')),
                ('mask', models.JSONField(blank=True, default=list, verbose_name='stops')),
                ('release', models.CharField(choices=[('auto_day', 'the next trading day'), ('trader', 'the trader'), ('risk_officer', 'the risk officer'), ('four_eyes', 'two people')], default='auto_day', max_length=20, verbose_name='ended by')),
            ],
            options={
                'verbose_name': 'action',
                'verbose_name_plural': 'actions',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PackLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='line')),
                ('rule', models.CharField(max_length=30, verbose_name='rule')),
                ('condition', models.CharField(max_length=140, verbose_name='condition')),
                ('level', models.CharField(choices=[('warn', 'warn'), ('restrict', 'restrict'), ('limit', 'limit')], max_length=10, verbose_name='level')),
                ('scope', models.JSONField(default=dict, verbose_name='scope')),
                ('value', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='value')),
                ('effective_from', models.DateField(verbose_name='from trading day')),
                ('source_note', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('old_value', models.DecimalField(blank=True, decimal_places=8, max_digits=24, null=True, verbose_name='old value')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='ParameterPack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('effective_from', models.DateField(help_text='For the lines that name no day of their own.', verbose_name='from trading day')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('applied', 'applied'), ('rejected', 'turned down')], default='draft', max_length=10, verbose_name='state')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'parameter pack',
                'verbose_name_plural': 'parameter packs',
                'ordering': ['-pk'],
                'permissions': [('approve_parameterpack', 'Can approve parameter packs')],
            },
        ),
        migrations.CreateModel(
            name='ThenStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('opposite', 'the other side'), ('same', 'the same side')], default='opposite', max_length=10, verbose_name='side')),
                ('cmp', models.CharField(choices=[('ge', '≥'), ('gt', '>'), ('le', '≤'), ('lt', '<'), ('eq', '='), ('ne', '≠')], max_length=5, verbose_name='comparison')),
                ('value', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='value')),
                ('within_ms', models.PositiveIntegerField(blank=True, null=True, verbose_name='within (ms)')),
                ('until', models.CharField(blank=True, help_text='HH:MM of the same trading day, or next HH:MM of the next one.', max_length=10, verbose_name='until')),
            ],
            options={
                'verbose_name': 'step that follows',
                'verbose_name_plural': 'step that follows',
            },
        ),
        migrations.AlterModelOptions(
            name='ruleversion',
            options={'ordering': ['rule', '-number'], 'permissions': [('approve_ruleversion', 'Can approve rule versions')], 'verbose_name': 'rule version', 'verbose_name_plural': 'rule versions'},
        ),
        migrations.RemoveConstraint(
            model_name='indicator',
            name='op_known',
        ),
        migrations.RemoveConstraint(
            model_name='indicator',
            name='window_known',
        ),
        migrations.RemoveConstraint(
            model_name='rule',
            name='mode_known',
        ),
        migrations.RemoveConstraint(
            model_name='threshold',
            name='one_threshold_a_level',
        ),
        migrations.AddField(
            model_name='historicalindicator',
            name='clock',
            field=models.CharField(choices=[('wall', 'wall time'), ('trading', 'trading time')], default='wall', help_text='By trading time a sliding window leaves out lunch and nights.', max_length=10, verbose_name='clock'),
        ),
        migrations.AddField(
            model_name='historicalindicator',
            name='days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='trading days'),
        ),
        migrations.AddField(
            model_name='historicalindicatorfilter',
            name='any_of',
            field=models.PositiveSmallIntegerField(default=0, help_text='Of the filters with one number above 0 one is enough.', verbose_name='any of'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='check_point',
            field=models.CharField(choices=[('pre', 'before an order is sent'), ('live', 'as orders are seen'), ('post', 'afterwards')], default='live', max_length=10, verbose_name='judged'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='clear_percent',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Empty: as soon as the threshold is no longer reached.', max_digits=9, null=True, verbose_name='ends below (% of the threshold)'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='cooldown_ms',
            field=models.PositiveIntegerField(default=0, help_text='Silence after an episode.', verbose_name='cool-down (ms)'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='for_ms',
            field=models.PositiveIntegerField(default=0, help_text='Before it is an alert.', verbose_name='must hold for (ms)'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='inhibits',
            field=models.JSONField(blank=True, default=list, help_text='While this one holds for a key, those raise no alerts.', verbose_name='silences the rules'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='needs_approval',
            field=models.BooleanField(default=False, help_text='A change is in force only when a second person has approved it.', verbose_name='four eyes'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='repeat',
            field=models.PositiveSmallIntegerField(default=1, help_text='From which episode of a day on it counts.', verbose_name='episodes a day'),
        ),
        migrations.AddField(
            model_name='historicalrule',
            name='sessions',
            field=models.JSONField(blank=True, default=list, help_text='The phases in which it judges; none chosen: in all.', verbose_name='trading phases'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='account',
            field=models.CharField(blank=True, max_length=40, verbose_name='account'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='contract',
            field=models.CharField(blank=True, max_length=40, verbose_name='contract'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='effective_from',
            field=models.DateField(blank=True, help_text='Empty: always.', null=True, verbose_name='from trading day'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='exchange',
            field=models.CharField(blank=True, max_length=10, verbose_name='exchange'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='group',
            field=models.CharField(blank=True, max_length=40, verbose_name='control group'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='product',
            field=models.CharField(blank=True, max_length=30, verbose_name='product'),
        ),
        migrations.AddField(
            model_name='historicalthreshold',
            name='segment',
            field=models.CharField(blank=True, choices=[('st', 'ST'), ('other', 'not ST')], max_length=10, verbose_name='segment'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='clock',
            field=models.CharField(choices=[('wall', 'wall time'), ('trading', 'trading time')], default='wall', help_text='By trading time a sliding window leaves out lunch and nights.', max_length=10, verbose_name='clock'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='days',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='trading days'),
        ),
        migrations.AddField(
            model_name='indicatorfilter',
            name='any_of',
            field=models.PositiveSmallIntegerField(default=0, help_text='Of the filters with one number above 0 one is enough.', verbose_name='any of'),
        ),
        migrations.AddField(
            model_name='rule',
            name='check_point',
            field=models.CharField(choices=[('pre', 'before an order is sent'), ('live', 'as orders are seen'), ('post', 'afterwards')], default='live', max_length=10, verbose_name='judged'),
        ),
        migrations.AddField(
            model_name='rule',
            name='clear_percent',
            field=models.DecimalField(blank=True, decimal_places=6, help_text='Empty: as soon as the threshold is no longer reached.', max_digits=9, null=True, verbose_name='ends below (% of the threshold)'),
        ),
        migrations.AddField(
            model_name='rule',
            name='cooldown_ms',
            field=models.PositiveIntegerField(default=0, help_text='Silence after an episode.', verbose_name='cool-down (ms)'),
        ),
        migrations.AddField(
            model_name='rule',
            name='for_ms',
            field=models.PositiveIntegerField(default=0, help_text='Before it is an alert.', verbose_name='must hold for (ms)'),
        ),
        migrations.AddField(
            model_name='rule',
            name='inhibits',
            field=models.JSONField(blank=True, default=list, help_text='While this one holds for a key, those raise no alerts.', verbose_name='silences the rules'),
        ),
        migrations.AddField(
            model_name='rule',
            name='needs_approval',
            field=models.BooleanField(default=False, help_text='A change is in force only when a second person has approved it.', verbose_name='four eyes'),
        ),
        migrations.AddField(
            model_name='rule',
            name='repeat',
            field=models.PositiveSmallIntegerField(default=1, help_text='From which episode of a day on it counts.', verbose_name='episodes a day'),
        ),
        migrations.AddField(
            model_name='rule',
            name='sessions',
            field=models.JSONField(blank=True, default=list, help_text='The phases in which it judges; none chosen: in all.', verbose_name='trading phases'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='decided at'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='mode',
            field=models.CharField(choices=[('shadow', 'shadow'), ('live', 'live'), ('off', 'off')], default='live', max_length=10, verbose_name='mode'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='needs_approval',
            field=models.BooleanField(default=False, verbose_name='four eyes'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='state',
            field=models.CharField(choices=[('proposed', 'proposed'), ('approved', 'approved'), ('rejected', 'turned down'), ('withdrawn', 'withdrawn')], default='approved', max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='account',
            field=models.CharField(blank=True, max_length=40, verbose_name='account'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='contract',
            field=models.CharField(blank=True, max_length=40, verbose_name='contract'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='effective_from',
            field=models.DateField(blank=True, help_text='Empty: always.', null=True, verbose_name='from trading day'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='exchange',
            field=models.CharField(blank=True, max_length=10, verbose_name='exchange'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='group',
            field=models.CharField(blank=True, max_length=40, verbose_name='control group'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='product',
            field=models.CharField(blank=True, max_length=30, verbose_name='product'),
        ),
        migrations.AddField(
            model_name='threshold',
            name='segment',
            field=models.CharField(blank=True, choices=[('st', 'ST'), ('other', 'not ST')], max_length=10, verbose_name='segment'),
        ),
        migrations.AlterField(
            model_name='historicalindicator',
            name='op',
            field=models.CharField(choices=[('count', 'count of events'), ('sum', 'sum of a field'), ('distinct', 'distinct values of a field'), ('last', 'latest value of a field'), ('max', 'largest value of a field'), ('range', 'largest minus smallest value'), ('duration', 'time a flag held (ms)')], max_length=10, verbose_name='operator'),
        ),
        migrations.AlterField(
            model_name='historicalindicator',
            name='window',
            field=models.CharField(choices=[('instant', 'this event'), ('sliding', 'sliding'), ('session', 'trading phase'), ('day', 'trading day'), ('days', 'trading days')], max_length=10, verbose_name='window'),
        ),
        migrations.AlterField(
            model_name='historicalindicatorfilter',
            name='value',
            field=models.CharField(help_text='A list is separated by commas; flags are true or false.', max_length=1000, verbose_name='value'),
        ),
        migrations.AlterField(
            model_name='historicalrule',
            name='mode',
            field=models.CharField(choices=[('draft', 'draft'), ('shadow', 'shadow'), ('live', 'live'), ('off', 'off')], default='draft', max_length=10, verbose_name='mode'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='op',
            field=models.CharField(choices=[('count', 'count of events'), ('sum', 'sum of a field'), ('distinct', 'distinct values of a field'), ('last', 'latest value of a field'), ('max', 'largest value of a field'), ('range', 'largest minus smallest value'), ('duration', 'time a flag held (ms)')], max_length=10, verbose_name='operator'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='window',
            field=models.CharField(choices=[('instant', 'this event'), ('sliding', 'sliding'), ('session', 'trading phase'), ('day', 'trading day'), ('days', 'trading days')], max_length=10, verbose_name='window'),
        ),
        migrations.AlterField(
            model_name='indicatorfilter',
            name='value',
            field=models.CharField(help_text='A list is separated by commas; flags are true or false.', max_length=1000, verbose_name='value'),
        ),
        migrations.AlterField(
            model_name='rule',
            name='mode',
            field=models.CharField(choices=[('draft', 'draft'), ('shadow', 'shadow'), ('live', 'live'), ('off', 'off')], default='draft', max_length=10, verbose_name='mode'),
        ),
        migrations.AlterField(
            model_name='ruleversion',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('op__in', ['count', 'sum', 'distinct', 'last', 'max', 'range', 'duration'])), name='op_known'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('window__in', ['instant', 'sliding', 'session', 'day', 'days'])), name='window_known'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('clock__in', ['wall', 'trading'])), name='clock_known'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['draft', 'shadow', 'live', 'off'])), name='mode_known'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('check_point__in', ['pre', 'live', 'post'])), name='check_point_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('rule',), name='one_proposal_a_rule'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['shadow', 'live', 'off'])), name='version_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'approved', 'rejected', 'withdrawn'])), name='version_state_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('decided_by', models.F('author')), _negated=True), _connector='OR'), name='version_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='threshold',
            constraint=models.UniqueConstraint(condition=models.Q(('effective_from__isnull', True)), fields=('condition', 'level', 'exchange', 'product', 'contract', 'segment', 'group', 'account'), name='one_threshold_a_level_and_scope', violation_error_message='This condition already has a threshold for the level and scope.'),
        ),
        migrations.AddConstraint(
            model_name='threshold',
            constraint=models.UniqueConstraint(fields=('condition', 'level', 'exchange', 'product', 'contract', 'segment', 'group', 'account', 'effective_from'), name='one_threshold_a_day', violation_error_message='This condition already has a threshold for the level and scope from this day.'),
        ),
        migrations.AddConstraint(
            model_name='threshold',
            constraint=models.CheckConstraint(condition=models.Q(('segment__in', ['', 'st', 'other'])), name='segment_known'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exemptions', to='monitoring.rule'),
        ),
        migrations.AddField(
            model_name='historicalexemption',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalexemption',
            name='rule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='monitoring.rule'),
        ),
        migrations.AddField(
            model_name='historicallevelaction',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicallevelaction',
            name='rule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='monitoring.rule'),
        ),
        migrations.AddField(
            model_name='historicalthenstep',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalthenstep',
            name='indicator',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='monitoring.indicator', verbose_name='indicator'),
        ),
        migrations.AddField(
            model_name='historicalthenstep',
            name='rule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='monitoring.rule'),
        ),
        migrations.AddField(
            model_name='levelaction',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='level_actions', to='monitoring.rule'),
        ),
        migrations.AddField(
            model_name='parameterpack',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author'),
        ),
        migrations.AddField(
            model_name='parameterpack',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='packline',
            name='pack',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='monitoring.parameterpack'),
        ),
        migrations.AddField(
            model_name='thenstep',
            name='indicator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.indicator', verbose_name='indicator'),
        ),
        migrations.AddField(
            model_name='thenstep',
            name='rule',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='then_step', to='monitoring.rule'),
        ),
        migrations.AddConstraint(
            model_name='levelaction',
            constraint=models.UniqueConstraint(fields=('rule', 'level', 'action'), name='one_action_a_level', violation_error_message='The level already has this action.'),
        ),
        migrations.AddConstraint(
            model_name='levelaction',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['warn', 'restrict', 'limit'])), name='action_level_known'),
        ),
        migrations.AddConstraint(
            model_name='levelaction',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['warn', 'report', 'throttle', 'reject', 'restrict_open', 'restrict_orders', 'kill'])), name='action_known'),
        ),
        migrations.AddConstraint(
            model_name='levelaction',
            constraint=models.CheckConstraint(condition=models.Q(('release__in', ['auto_day', 'trader', 'risk_officer', 'four_eyes'])), name='release_known'),
        ),
        migrations.AddConstraint(
            model_name='parameterpack',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'applied', 'rejected'])), name='pack_state_known'),
        ),
        migrations.AddConstraint(
            model_name='parameterpack',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'applied'), _negated=True), models.Q(('decided_by', models.F('author')), _negated=True), _connector='OR'), name='pack_applied_by_another'),
        ),
        migrations.AddConstraint(
            model_name='packline',
            constraint=models.UniqueConstraint(fields=('pack', 'number'), name='one_line_a_number'),
        ),
        migrations.AddConstraint(
            model_name='thenstep',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['opposite', 'same'])), name='then_side_known'),
        ),
        migrations.RunPython(end_what_is_off, migrations.RunPython.noop),
    ]
