"""What a test tells the server: the rows it holds, what it refuses, how it encrypts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.sql_server.tokens import Table

ENCRYPT_OFF, ENCRYPT_NOT_SUPPORTED = 0, 2
PRIMARY_KEY_VIOLATED = 2627, "Violation of PRIMARY KEY constraint. Cannot insert duplicate key."
ORDERS = (
    ("rec_num", "int"), ("date", "char(8)"), ("time", "char(8)"), ("reff", "char(10)"),
    ("acc", "char(10)"), ("stock", "char(6)"), ("bs", "char(1)"), ("price", "char(8)"),
    ("qty", "char(8)"), ("status", "char(1)"), ("owflag", "char(3)"), ("ordrec", "char(8)"),
    ("firmid", "char(5)"), ("branchid", "char(5)"),
)  # fmt: skip
CONFIRMATIONS = (
    ("rec_num", "int"), ("date", "char(8)"), ("time", "char(8)"), ("reff", "char(10)"),
    ("acc", "char(10)"), ("stock", "char(6)"), ("bs", "char(1)"), ("price", "char(8)"),
    ("qty", "char(8)"), ("status", "char(1)"), ("qty2", "char(8)"), ("remark", "char(30)"),
    ("status1", "char(1)"), ("teordernum", "char(8)"), ("owflag", "char(3)"),
    ("ordrec", "char(8)"), ("firmid", "char(5)"), ("branchid", "char(5)"),
)  # fmt: skip
FILLS = (
    ("gddm", "char(10)"), ("gdxm", "char(8)"), ("bcrq", "char(8)"), ("cjbh", "int"),
    ("gsdm", "char(5)"), ("cjsl", "char(10)"), ("bcye", "char(10)"), ("zqdm", "char(6)"),
    ("sbsj", "char(6)"), ("cjsj", "char(6)"), ("cjjg", "char(8)"), ("cjje", "char(12)"),
    ("sqbh", "char(10)"), ("bs", "char(1)"), ("mjbh", "char(5)"),
)  # fmt: skip


# What FreeTDS asks the catalogue before it loads in bulk.
CATALOGUE = (("column_id", "int"), ("system_type_name", "nvarchar(128)"), ("is_identity", "bit"))


def _interface() -> dict[str, Table]:
    return {
        "ashare_ordwth": Table(ORDERS),
        "ashare_ordwth2": Table(CONFIRMATIONS),
        "cjhb": Table(FILLS),
        "columns": Table(CATALOGUE),
    }


@dataclass(frozen=True)
class Script:
    """Writing a value that stands in `refused` violates a primary key."""

    tables: Mapping[str, Table] = field(default_factory=_interface)
    refused: frozenset[str] = frozenset()
    encryption: int = ENCRYPT_NOT_SUPPORTED
    first_record: int = 1
