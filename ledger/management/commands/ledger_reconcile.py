"""The daily reconciliation of balances and events."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.actions.reconcile import reconcile


class Command(BaseCommand):
    """Stores the result; ends with 1 when something differs."""

    help = "Compare every balance with its events, and keep the result."

    def handle(self, *args: Any, **options: Any) -> None:
        found = reconcile()
        for each in found.differences:
            print(
                f"{each['account']}: {each['what']} {each['balance']}, events {each['events']}",
                file=self.stdout,
            )
        if found.differences:
            raise CommandError(f"{len(found.differences)} differences")
        print(f"{found.day}: {found.accounts} accounts agree with their events", file=self.stdout)
