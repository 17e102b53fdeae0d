"""Captures that others have published, read where they are: faulty links, foreign traffic."""

from pathlib import Path

import pytest

from capture.io.pcap_files import CaptureFile
from capture.wire.fragments import Fragments
from capture.wire.layers import Fragment
from capture.wire.packet import tcp_segment
from tests.capture.decoding import decoded

pytestmark = pytest.mark.shared

# How many TCP segments tshark 4.0 finds in each, fragments put together.
SEGMENTS = {
    "arkime_http-tcp-seq-issue.pcap": 7,
    "arkime_tcp-reassembly-synthetic.pcap": 106,
    "arkime_tds5.pcap": 10,
    "arkime_tds7.pcap": 13,
    "arkime_twovlan.pcap": 6,
    "arkime_wireshark-retrans.pcap": 108,
    "ndpi_bittorrent_tcp_miss.pcapng": 100,
    "ndpi_fix.pcap": 1261,
    "ndpi_fix2.pcap": 3046,
    "ndpi_mssql_tds.pcap": 38,
    "suri_frag-ip6-tcp.pcap": 1,
    "suri_ipv4-truncated.pcap": 0,
    "suri_syn_retransmit_with_ts.pcap": 254,
    "suri_tcp-leading-gap.pcap": 7,
    "suri_tcp-overlap.pcap": 7,
    "suri_tcp-overlap2.pcap": 7,
    "suri_tcp-rst-with-data.pcap": 8,
    "suri_tcp-simple-gap2.pcap": 7,
    "zeek_fin_retransmission.pcap": 5,
    "zeek_handshake-reorder.pcap": 14,
    "zeek_http-qinq-0.pcap": 14,
    "zeek_http-vlan-0.pcap": 14,
    "zeek_miss_end_data.pcap": 9,
    "zeek_missing-syn.pcap": 21,
    "zeek_mixed-vlan-mpls.pcap": 47,
    "zeek_no-handshake.pcap": 1,
    "zeek_one-sided-2745.pcap": 6,
    "zeek_reassembly.pcap": 117,
    "zeek_retransmit-fast009.pcap": 39,
    "zeek_retransmit-timeout.pcapng": 3,
    "zeek_rst-inject-rae.pcap": 9,
    "zeek_ssh-dups.pcap": 377,
}
SPEAKING_TDS = {"arkime_tds7.pcap", "ndpi_mssql_tds.pcap"}


def segments(path: Path) -> int:
    fragments, count = Fragments(), 0
    for at_ns, link, data, length in CaptureFile(path):
        found = tcp_segment(link, data, length)
        if isinstance(found, Fragment):
            whole = fragments.add(found, at_ns)
            found = tcp_segment(*whole[:3]) if whole else None
        count += found is not None
    return count


@pytest.mark.parametrize("name", SEGMENTS)
def test_every_segment_is_found(shared: Path, name: str) -> None:
    assert segments(shared / "captures" / "public" / name) == SEGMENTS[name]


@pytest.mark.parametrize("name", SEGMENTS)
def test_foreign_traffic_gives_no_message_no_order_and_no_problem(shared: Path, name: str) -> None:
    found = decoded(CaptureFile(shared / "captures" / "public" / name))
    assert found.orders() == []
    assert bool(found.messages) == (name in SPEAKING_TDS)
    if name not in SPEAKING_TDS:
        assert found.problems == []
