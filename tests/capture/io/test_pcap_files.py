"""Capture files: every format and byte order, and everything that can be wrong with a file."""

import gzip
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.io.pcap_files import (
    BLOCK_BYTES_MAX,
    CaptureFile,
    NotACapture,
)
from capture.wire.packet import ETHERNET
from capture.wire.pcap_run import RECORD_BYTES_MAX
from riskgw.kernel.times import NS_PER_SECOND
from tests.fakes import (
    AT_NS,
    Packet,
    captured,
    pcap,
    pcapng_block,
    pcapng_interface,
    pcapng_packet,
    pcapng_section,
)

FRAMES = [b"first", b"", b"third frame"]
PACKETS = captured(FRAMES)
ON_DISK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TSRESOL, TSOFFSET = 9, 14


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture"


def read(path: Path, data: bytes) -> tuple[list[Packet], str | None]:
    """The packets of a file with these bytes, and its damage."""
    path.write_bytes(data)
    file = CaptureFile(path)
    packets = list(file)
    return packets, file.damage


def pcapng(*packets: bytes) -> bytes:
    return pcapng_section() + pcapng_interface() + b"".join(packets)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_nano", [False, True])
def test_pcap_is_read_in_both_byte_orders_and_resolutions(
    path: Path, order: str, is_nano: bool
) -> None:
    assert read(path, pcap(PACKETS, order=order, is_nano=is_nano)) == (PACKETS, None)


def test_only_nanosecond_files_keep_nanoseconds(path: Path) -> None:
    packets = [(AT_NS + 1_999, ETHERNET, b"x", 1)]
    assert read(path, pcap(packets, is_nano=True))[0][0][0] == AT_NS + 1_999
    assert read(path, pcap(packets))[0][0][0] == AT_NS + 1_000


def test_the_length_on_the_wire_is_told_apart_from_the_captured_bytes(path: Path) -> None:
    packets = [(AT_NS, ETHERNET, b"cut", 1500)]
    assert read(path, pcap(packets))[0] == packets


def test_the_upper_bits_of_the_link_type_are_not_the_link_type(path: Path) -> None:
    assert read(path, pcap(PACKETS, link=0x10000000 | ETHERNET))[0] == PACKETS


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_is_read_in_both_byte_orders(path: Path, order: str) -> None:
    data = pcapng_section(order) + pcapng_interface(order=order)
    data += pcapng_packet(AT_NS // 1000, b"frame", order=order)
    assert read(path, data) == ([(AT_NS, ETHERNET, b"frame", 5)], None)


@pytest.mark.parametrize(
    ("option", "units_per_second"),
    [(b"\x03", 10**3), (b"\x06", 10**6), (b"\x09", 10**9), (b"\x8a", 2**10), (b"\x00", 1)],
)
def test_each_interface_has_its_own_timestamp_resolution(
    path: Path, option: bytes, units_per_second: int
) -> None:
    seconds = AT_NS // NS_PER_SECOND
    data = pcapng_section() + pcapng_interface() + pcapng_interface([(TSRESOL, option)], link=113)
    data += pcapng_packet(AT_NS // 1000, b"a") + pcapng_packet(seconds * units_per_second, b"b", 1)
    assert read(path, data)[0] == [(AT_NS, ETHERNET, b"a", 1), (AT_NS, 113, b"b", 1)]


def test_an_interface_may_count_from_another_second(path: Path) -> None:
    options = [(TSOFFSET, struct.pack("<q", 3600)), (TSRESOL, b"\x06")]
    data = pcapng_section() + pcapng_interface(options)
    data += pcapng_packet(AT_NS // 1000 - 3600 * 10**6, b"a")
    assert read(path, data)[0][0][0] == AT_NS


def test_a_time_that_no_clock_shows_is_no_time(path: Path) -> None:
    data = pcapng_section() + pcapng_interface([(TSRESOL, b"\x00")])
    assert read(path, data + pcapng_packet(2**64 - 1, b"a"))[0] == [(0, ETHERNET, b"a", 1)]


def test_a_new_section_forgets_the_interfaces_of_the_one_before(path: Path) -> None:
    first = pcapng_section() + pcapng_interface() + pcapng_packet(1, b"a")
    second = pcapng_section(">") + pcapng_interface(order=">", link=113)
    data = first + second + pcapng_packet(2, b"b", order=">")
    assert [(link, frame) for _, link, frame, _ in read(path, data)[0]] == [(1, b"a"), (113, b"b")]


def test_a_packet_of_an_unknown_interface_is_left_out(path: Path) -> None:
    data = pcapng_section() + pcapng_interface() + pcapng_section() + pcapng_packet(1, b"a")
    assert read(path, data) == ([], None)


def test_a_simple_packet_has_no_time(path: Path) -> None:
    simple = pcapng_block(3, struct.pack("<I", 5) + b"frame")
    assert read(path, pcapng(simple))[0] == [(0, ETHERNET, b"frame", 5)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_simple_packets_are_of_the_first_interface_and_cut_to_its_length(
    path: Path, order: str
) -> None:
    interface = pcapng_block(1, struct.pack(order + "HHI", 113, 0, 4), order)
    simple = pcapng_block(3, struct.pack(order + "I", 9) + b"fram", order)
    data = pcapng_section(order) + interface + pcapng_interface(order=order) + simple
    assert read(path, data) == ([(0, 113, b"fram", 9)], None)


@pytest.mark.parametrize("order", ["<", ">"])
def test_packet_blocks_of_the_first_version_are_read(path: Path, order: str) -> None:
    high, low = divmod(AT_NS // 1000, 2**32)
    header = struct.pack(order + "HHIIII", 0, 5, high, low, 5, 60)
    data = pcapng_section(order) + pcapng_interface(order=order)
    data += pcapng_block(2, header + b"frame", order)
    assert read(path, data) == ([(AT_NS, ETHERNET, b"frame", 60)], None)


def test_blocks_of_other_kinds_are_stepped_over(path: Path) -> None:
    data = pcapng(pcapng_block(5, b"statistics"), pcapng_packet(1, b"a"), pcapng_block(4, b""))
    assert [frame for _, _, frame, _ in read(path, data)[0]] == [b"a"]


def test_an_enhanced_packet_that_claims_more_than_its_block_is_left_out(path: Path) -> None:
    lying = pcapng_block(6, struct.pack("<IIIII", 0, 0, 1, 999, 999) + b"abcd")
    assert read(path, pcapng(lying, pcapng_packet(1, b"a")))[0][0][2] == b"a"


@pytest.mark.parametrize("data", [pcap(PACKETS), pcapng(pcapng_packet(1, b"a"))])
def test_gzip_is_unpacked_on_the_way(path: Path, data: bytes) -> None:
    assert read(path, gzip.compress(data)) == read(path, data)


@pytest.mark.parametrize("missing", [1, 8, 16, 20])
def test_a_file_cut_inside_a_record_gives_what_came_before(path: Path, missing: int) -> None:
    packets, damage = read(path, pcap(PACKETS)[:-missing])
    assert packets == PACKETS[:-1]
    assert damage
    assert "the file ends inside a record" in damage


def test_a_file_cut_between_records_is_whole(path: Path) -> None:
    assert read(path, pcap(PACKETS[:2])) == (PACKETS[:2], None)


def test_a_file_of_nothing_but_its_header_is_a_capture(path: Path) -> None:
    assert read(path, pcap([])) == ([], None)


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_cut_gzip_file_gives_what_can_be_unpacked(path: Path, kept: float) -> None:
    data = gzip.compress(pcap(captured([bytes(range(256))] * 500)))
    packets, damage = read(path, data[: int(len(data) * kept)])
    assert packets
    assert damage
    assert "unreadable" in damage


def test_damage_inside_a_gzip_file_is_told(path: Path) -> None:
    data = bytearray(gzip.compress(pcap(captured([bytes(range(256))] * 500))))
    for place in range(40, len(data) - 8):
        data[place] ^= 0xFF
    try:
        assert read(path, bytes(data))[1]
    except NotACapture as error:
        assert "unreadable" in str(error)  # noqa: PT017  # either answer tells it


def test_a_wrong_gzip_checksum_is_told_behind_the_packets(path: Path) -> None:
    packets, damage = read(path, gzip.compress(pcap(PACKETS))[:-8] + bytes(8))
    assert packets == PACKETS
    assert damage
    assert "CRC" in damage


def test_the_largest_record_is_read(path: Path) -> None:
    packets = captured([bytes(RECORD_BYTES_MAX), b"next"])
    assert read(path, pcap(packets)) == (packets, None)


@pytest.mark.parametrize("size", [RECORD_BYTES_MAX + 1, RECORD_BYTES_MAX * 8, 2**32 - 1])
def test_a_record_that_claims_too_much_ends_the_reading(path: Path, size: int) -> None:
    absurd = struct.pack("<IIII", 1, 0, size, size) + bytes(min(size, 12 * RECORD_BYTES_MAX))
    packets, damage = read(path, pcap(PACKETS) + absurd)
    assert packets == PACKETS
    assert damage == f"a record claims {size} captured bytes"


@pytest.mark.parametrize("size", [0, 8, 13, BLOCK_BYTES_MAX + 4, 2**32 - 4])
def test_a_block_of_impossible_size_ends_the_reading(path: Path, size: int) -> None:
    packets, damage = read(path, pcapng(pcapng_packet(1, b"a"), struct.pack("<III", 6, size, 0)))
    assert len(packets) == 1
    assert damage == f"a block claims {size} bytes"


def test_a_pcapng_file_cut_inside_a_block_gives_what_came_before(path: Path) -> None:
    packets, damage = read(path, pcapng(pcapng_packet(1, b"a"), pcapng_packet(2, b"b"))[:-6])
    assert len(packets) == 1
    assert damage == "the file ends inside a block: 30 of 36 bytes"


def test_a_section_of_unknown_byte_order_ends_the_reading(path: Path) -> None:
    broken = pcapng_section()[:8] + b"what" + pcapng_section()[12:]
    packets, damage = read(path, pcapng(pcapng_packet(1, b"a"), broken))
    assert len(packets) == 1
    assert damage == "a section has byte-order magic 77686174"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd4",
        b"\xd4\xc3\xb2\xa1" + bytes(19),
        b"\n\r\r\n",
        b"\n\r\r\nLines of text that begin so.",
        "看起来不像抓包文件\n".encode(),
        b"\x1f\x8b",
        gzip.compress(b"text", mtime=0),
        gzip.compress(b"", mtime=0),
        bytes(4096),
    ],
)
def test_what_is_no_capture_is_refused(path: Path, data: bytes) -> None:
    with pytest.raises(NotACapture):
        read(path, data)


def test_an_empty_file_is_called_empty(path: Path) -> None:
    with pytest.raises(NotACapture, match="the file is empty"):
        read(path, b"")


def test_a_missing_file_and_a_directory_are_no_captures(tmp_path: Path) -> None:
    with pytest.raises(NotACapture, match="No such file"):
        CaptureFile(tmp_path / "nothing")
    with pytest.raises(NotACapture, match="Is a directory"):
        CaptureFile(tmp_path)


frames = st.lists(st.binary(max_size=300), max_size=40)


@ON_DISK
@given(frames, st.sampled_from("<>"), st.booleans())
def test_whatever_was_written_is_read(
    path: Path, written: list[bytes], order: str, is_nano: bool
) -> None:
    packets = captured(written)
    assert read(path, pcap(packets, order=order, is_nano=is_nano)) == (packets, None)


@ON_DISK
@given(frames, st.data())
def test_a_pcap_file_cut_anywhere_gives_its_first_packets(
    path: Path, written: list[bytes], data: st.DataObject
) -> None:
    packets = captured(written)
    whole = pcap(packets)
    size = data.draw(st.integers(24, len(whole)))
    found, damage = read(path, whole[:size])
    assert found == packets[: len(found)]
    assert (damage is None) == (pcap(found) == whole[:size])


@ON_DISK
@given(st.binary(max_size=2000), st.sampled_from([pcap([]), pcapng()]))
def test_noise_behind_a_header_never_raises(path: Path, noise: bytes, header: bytes) -> None:
    read(path, header + noise)


@ON_DISK
@given(frames, st.booleans(), st.data())
def test_the_pieces_in_which_a_file_is_read_do_not_matter(
    path: Path, written: list[bytes], is_pcapng: bool, data: st.DataObject
) -> None:
    packets = captured(written)
    blocks = [pcapng_packet(at_ns // 1000, frame) for at_ns, _, frame, _ in packets]
    whole = pcapng(*blocks) if is_pcapng else pcap(packets)
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=8))
    # The members of a gzip file are read one by one.
    edges = sorted([0, *cuts, len(whole)])
    members = [gzip.compress(whole[start:stop]) for start, stop in pairwise(edges)]
    assert read(path, b"".join(members)) == (packets, None)
