"""SQLite whose writers queue up: the engine of DATABASES."""
