"""The shared core: pure rooms below (kernel, messages, cep, shards), wiring on top."""

from riskgw import compiled

__all__ = ["compiled"]
