"""Shared reference data: accounts, control groups, customers, contracts, counters, exchanges."""
