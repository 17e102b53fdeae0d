"""Leases with a fencing epoch: one writer a partition, the one that was replaced is refused."""

import os
import socket

from riskgw.bus.connection import Client

LEASE_MS = 3000
_ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return held
end
if held then return false end
local token = ARGV[2] .. ':' .. redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class Lease:
    """`token` is who holds it and in which epoch; None while somebody else does."""

    def __init__(self, client: Client, name: str) -> None:
        self.key = f"lease.{name}"
        self.token: bytes | None = None
        self._client = client
        self._epoch_key = f"epoch.{name}"
        self._owner = f"{socket.gethostname()}:{os.getpid()}"

    def acquire(self) -> bool:
        """Take or renew it; a new token means that others may have written in between."""
        ours = self.token or b""
        keys = (self.key, self._epoch_key)
        self.token = self._client.eval(_ACQUIRE, 2, *keys, ours, self._owner, LEASE_MS)
        return self.token is not None

    def release(self) -> None:
        """Let the next one start at once."""
        if self.token is not None:
            self._client.eval(_RELEASE, 1, self.key, self.token)
            self.token = None
