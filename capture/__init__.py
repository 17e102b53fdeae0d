"""From mirrored packets to business events."""

from riskgw import compiled

__all__ = ["compiled"]
