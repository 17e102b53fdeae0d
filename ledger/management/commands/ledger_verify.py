"""Check the books row by row: seals, balances, legs, messages, refusals, trial balance."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.models import LedgerAccount
from ledger.verification import findings


class Command(BaseCommand):
    """Ends with 1 and names each row that does not hold."""

    help = "Check all books, or some accounts; name each row that does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("accounts", nargs="*", help="only these accounts' lines and figures")
        parser.add_argument(
            "--heads",
            action="store_true",
            help="print each account's newest seal; kept elsewhere, it proves what stood here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["accounts"] or None
        count = 0
        for finding in findings(names):
            count += 1
            print(f"{finding.table} {finding.row}: {finding.what}", file=self.stdout)
        if options["heads"]:
            rows = LedgerAccount.objects.order_by("pk")
            for row in rows.filter(pk__in=names) if names else rows:
                print(f"{row.pk} {row.seq} {row.seal}", file=self.stdout)
        if count:
            raise CommandError(f"{count} rows do not hold")
        print("the books hold", file=self.stdout)
