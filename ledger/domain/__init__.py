"""The ledger's rules, pure: trust, admission, transactions, posting, statements."""
