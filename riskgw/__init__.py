"""The shared core: pure rooms below (kernel, messages, cep, shards), wiring on top."""
