"""An account's statement as a file."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.statements import NoSuchAccount, TooLong, as_csv, as_workbook


class Command(BaseCommand):
    """CSV, or a workbook when the file's name ends so."""

    help = "Write an account's statement between two posting dates to a .csv or .xlsx file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account")
        parser.add_argument("first", type=date.fromisoformat)
        parser.add_argument("last", type=date.fromisoformat)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["account"], options["first"], options["last"]
        file: Path = options["file"]
        is_workbook = file.suffix == ".xlsx"
        try:
            content = as_workbook(*wanted) if is_workbook else as_csv(*wanted)
        except NoSuchAccount:
            raise CommandError(f"there is no account {options['account']}") from None
        except TooLong as refusal:
            raise CommandError(f"{refusal}: more than a worksheet holds, take .csv") from None
        file.write_bytes(content)
