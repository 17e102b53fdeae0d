"""Addresses as people write them, and the connections they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.kernel.addresses import (
    AddressBlock,
    AddressTextError,
    address_block,
    block_text,
    client_host,
    ends_of,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("10.1.0.7", "10.1.0.7"),
        (" 10.1.0.7/32 ", "10.1.0.7"),
        ("10.1.0.0/16", "10.1.0.0/16"),
        ("10.1.0.0/255.255.0.0", "10.1.0.0/16"),
        ("10.1.9.21:8016", "10.1.9.21:8016"),
        ("10.1.0.0/16:8016", "10.1.0.0/16:8016"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:8016", "[2001:db8::7]:8016"),
        ("[2001:db8::/32]:8016", "[2001:db8::/32]:8016"),
        ("::7", "::7"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_an_address_has_one_way_to_be_written(text: str, written: str) -> None:
    assert block_text(address_block(text)) == written
    assert address_block(written) == address_block(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "10.1.0", "10.1.0.300", "10.1.0.7/16", "10.1.0.0/33", "10.1.0.7:0", "10.1.0.7:65536",
        "10.1.0.7:x", "fe80::1%eth0", "[::1", "[::1]:", "::1/129", "oms.example", "10.1.0.7>1",
        "1" * 90,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressTextError):
        address_block(text)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        block = address_block(text)
    except AddressTextError:
        return
    assert address_block(block_text(block)) == block


@given(st.sampled_from([(4, 32), (6, 128)]), st.data())
def test_blocks_are_read_as_they_are_written(kind: tuple[int, int], data: st.DataObject) -> None:
    version, bits = kind
    prefix = data.draw(st.integers(0, bits))
    network = data.draw(st.integers(0, (1 << prefix) - 1)) << (bits - prefix)
    block = AddressBlock(version, prefix, network, data.draw(st.integers(0, 65_535)))
    assert address_block(block_text(block)) == block


def holds(text: str, conn: str) -> list[bool]:
    return [address_block(text).holds(end) for end in ends_of(conn)]


def test_a_block_holds_the_ends_that_lie_in_it() -> None:
    conn = "10.1.0.7:45001>10.2.0.1:8016"
    assert holds("10.1.0.0/16", conn) == [True, False]
    assert holds("10.0.0.0/8", conn) == [True, True]
    assert holds("10.2.0.1:8016", conn) == [False, True]
    assert holds("10.2.0.1:8017", conn) == [False, False]
    assert holds("10.1.0.6/31", conn) == [True, False]
    assert holds("10.1.0.8/31", conn) == [False, False]


def test_versions_are_kept_apart() -> None:
    assert holds("::/0", "10.1.0.7:1>10.2.0.1:2") == [False, False]
    assert holds("0.0.0.0/0", "[::1]:1>[::2]:2") == [False, False]
    assert holds("::/0", "[::1]:1>[2001:db8::7]:2") == [True, True]


def test_a_connection_without_addresses_has_no_ends() -> None:
    assert ends_of("") == ends_of("a>b") == ends_of("1.2.3.4:5") == ()


def test_the_host_that_opened_a_connection() -> None:
    assert client_host("10.1.0.7:45001>10.2.0.1:8016") == "10.1.0.7"
    assert client_host("[2001:db8::7]:45001>[::2]:8016") == "2001:db8::7"
    assert client_host("1>2") == ""
