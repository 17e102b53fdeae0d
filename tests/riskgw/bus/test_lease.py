"""Leases: one holder at a time, and a new epoch for each new one."""

import os
import time

from riskgw.bus.connection import Client
from riskgw.bus.lease import LEASE_MS, Lease


def test_only_one_holds_a_lease(bus: Client) -> None:
    first, second = Lease(bus, "p"), Lease(bus, "p")
    assert first.acquire()
    assert not second.acquire()
    assert Lease(bus, "other").acquire()


def test_a_holder_keeps_its_token_when_it_renews(bus: Client) -> None:
    lease = Lease(bus, "p")
    assert lease.acquire()
    token = lease.token
    assert lease.acquire()
    assert lease.token == token
    assert 0 < bus.pttl(lease.key) <= LEASE_MS


def test_the_lease_of_a_process_that_died_is_free_at_once(bus: Client) -> None:
    child = os.fork()
    if not child:
        Lease(bus, "p").acquire()
        os._exit(0)
    os.waitpid(child, 0)
    assert bus.pttl("lease.p") > 0
    assert Lease(bus, "p").acquire()


def test_the_lease_of_another_host_is_waited_for(bus: Client) -> None:
    bus.set("lease.p", "elsewhere:999999999:ab:1", px=LEASE_MS)
    assert not Lease(bus, "p").acquire()


def test_a_released_lease_is_free_at_once_and_its_epoch_is_new(bus: Client) -> None:
    first, second = Lease(bus, "p"), Lease(bus, "p")
    assert first.acquire()
    token = first.token
    first.release()
    assert first.token is None
    assert second.acquire()
    assert second.token != token


def test_a_lease_that_ran_out_is_taken_by_the_next_and_not_given_back(bus: Client) -> None:
    first, second = Lease(bus, "p"), Lease(bus, "p")
    assert first.acquire()
    bus.pexpire(first.key, 1)
    time.sleep(0.01)
    assert second.acquire()
    assert not first.acquire()
    first.release()
    assert bus.get(second.key) == second.token
