"""The texts this release ships with: those of P01 in use, the general ones there to be switched on."""

from django.db import migrations

_ZH = "风险提示：{rule}（{level}）。当前 {value}，上限 {limit}，还剩 {left}。{advice}"
_EN = "Risk warning: {rule} ({level}). Now {value}, limit {limit}, {left} left. {advice}"
_REACHED_ZH = "风险提示：{rule}已达上限 {limit}，当前 {value}。{advice}"
_REACHED_EN = "Risk warning: {rule} has reached its limit of {limit}, now {value}. {advice}"
_TEXTS = {
    "warn": (_ZH, _EN), "restrict": (_ZH, _EN), "limit": (_REACHED_ZH, _REACHED_EN),
}


def add_texts(apps, schema_editor):
    template = apps.get_model("monitoring", "WarningTemplate")
    rule = apps.get_model("monitoring", "Rule").objects.filter(code="P01").first()
    for level, (text_zh, text_en) in _TEXTS.items():
        texts = {"text_zh": text_zh, "text_en": text_en}
        template.objects.create(rule=None, level=level, is_active=False, **texts)
        if rule is not None:
            template.objects.create(rule=rule, level=level, **texts)


class Migration(migrations.Migration):

    dependencies = [
        ("monitoring", "0011_life_of_alerts"),
    ]

    operations = [
        migrations.RunPython(add_texts, migrations.RunPython.noop),
    ]
