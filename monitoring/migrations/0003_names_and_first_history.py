"""Names for the indicators that ship, and the first line of history for all that ships.

Without it the number before a user's first change would be in no history.
"""

from django.db import migrations
from django.utils import timezone

NAMES = {
    "submissions_1s": ("一秒内报撤单笔数", "Submissions in 1 s"),
    "submissions_day": ("当日报撤单笔数", "Submissions today"),
    "instant_cancels": ("当日瞬时撤单笔数", "Instant cancels"),
    "cancelled_orders": ("当日撤单笔数", "Cancelled orders"),
    "orders": ("当日委托笔数", "Orders"),
    "cancelled_amount": ("当日撤单金额", "Cancelled amount"),
    "ordered_amount": ("当日委托金额", "Ordered amount"),
    "self_trades": ("当日自成交次数", "Self-trades"),
    "order_quantity": ("单笔委托数量", "Order quantity"),
    "contract_order_quantity_max": ("合约单笔最大委托量", "Contract's largest order"),
    "cancels": ("当日合约撤单笔数", "Cancels in the contract"),
}
MODELS = ("Rule", "Condition", "Threshold", "Indicator", "IndicatorFilter")


def add(apps, schema_editor):
    unnamed = apps.get_model("monitoring", "Indicator").objects.filter(name_zh="", name_en="")
    for code, (name_zh, name_en) in NAMES.items():
        unnamed.filter(code=code).update(name_zh=name_zh, name_en=name_en)
    for name in MODELS:
        _begin_history(apps.get_model("monitoring", name), apps.get_model("monitoring", f"Historical{name}"))


def _begin_history(model, history):
    now = timezone.now()
    known = set(history.objects.values_list("id", flat=True))
    history.objects.bulk_create(
        history(
            **{field.attname: getattr(row, field.attname) for field in model._meta.fields},
            history_date=now,
            history_type="+",
        )
        for row in model.objects.all()
        if row.pk not in known
    )


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_first_rules")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
