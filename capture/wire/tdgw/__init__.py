"""SSE TDGW Binary, OMS <-> TDGW, auction platform: IS122 version 0.57 (November 2025)."""
