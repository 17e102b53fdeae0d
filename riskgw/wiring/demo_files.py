"""Data files of `make run`: a mapping, one file that is taken in and one that is refused."""

import json

from monitoring.actions.drop_data_file import NameTaken, drop_data_file
from monitoring.actions.take_data_files import drop_folder
from monitoring.models import DataColumn, DataFile, DataMapping

_MAPPING = {
    "name": "demo-customers",
    "target": "customers",
    "pattern": "customers-*.csv",
    "note": "As the back office exports them",
}
_FUNDS = {
    "name": "demo-funds",
    "target": "funds",
    "pattern": "funds-*.json",
    "format": "json",
    "sheet": "rows",
    "mode": "insert",
    "note": "As the counter reports them at night",
}
_COLUMNS = {
    "demo-customers": {"code": "客户号", "name": "客户姓名"},
    "demo-funds": {"account": "资金账号", "equity": "动态权益", "available": "可用资金"},
}
_NAMES = ("华岳", "东海", "金桥", "远望", "长河", "博雅", "九州", "天衡")
_CUSTOMERS = 400


def drop_demo_files() -> None:
    """Once in a home: nothing where there are mappings or files already."""
    if DataMapping.objects.exists() or DataFile.objects.exists():
        return
    for values in (_MAPPING, _FUNDS):
        made = DataMapping.objects.create(**values)
        for field, column in _COLUMNS[made.name].items():
            DataColumn.objects.create(mapping=made, field=field, column=column)
    for name, content in (("customers-demo.csv", _customers()), ("funds-demo.json", _funds())):
        try:
            drop_data_file(drop_folder(), name, content)
        except NameTaken:
            continue  # of a start that was broken off


def _customers() -> bytes:
    """In GB18030, as spreadsheets of this country write CSV."""
    rows = (
        f"D{number:05},{_NAMES[number % len(_NAMES)]}资产{number}号\r\n"
        for number in range(1, _CUSTOMERS + 1)
    )
    return ("客户号,客户姓名\r\n" + "".join(rows)).encode("gb18030")


def _funds() -> bytes:
    """Three of its values are wrong, so none of it is taken in."""
    rows = [
        {"资金账号": f"F{number}", "动态权益": f"{number}00000.50", "可用资金": f"{number}0000"}
        for number in range(1, 9)
    ]
    rows[2]["动态权益"] = "三十万"
    rows[4]["资金账号"] = ""
    rows[6]["可用资金"] = "1,00,000"
    return json.dumps({"rows": rows}, ensure_ascii=False).encode()
