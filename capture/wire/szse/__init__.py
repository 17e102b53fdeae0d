"""SZSE Binary trading interface, OMS <-> TGW, specification 1.32 (February 2025)."""
