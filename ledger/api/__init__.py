"""REST of the ledger."""
