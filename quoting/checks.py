"""What no engine could be started with is refused by `check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from quoting.models import Pair
from quoting.queries import settings_faults


@register(Tags.database)
def check_quote_settings(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Rows are read where a database was named and has them."""
    table = Pair._meta.db_table  # noqa: SLF001  # documented
    if not databases or table not in connection.introspection.table_names():
        return []
    return [Error(fault.detail, obj=fault.row, id="quoting.E001") for fault in settings_faults()]
