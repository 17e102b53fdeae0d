"""Spreading the core over shards, and keeping what each has done recoverable."""
