"""The drop folder on a real disk: what is whole, what is none of ours, what is put away."""

import os
from pathlib import Path

import pytest

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.io.drop_folder import DONE, REJECTED, DropFolder, name_fault, read_dropped

SECOND = 10**9


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    made = DropFolder(tmp_path)
    made.prepare()
    return made


def names(drop: DropFolder, second: int) -> list[str]:
    return [each.name for each in drop.settled(second * SECOND)]


def test_a_file_that_grows_is_left_until_it_stands_still(drop: DropFolder) -> None:
    path = drop.folder / "a.csv"
    path.write_text("a\n")
    assert names(drop, 0) == []
    path.write_text("a\n1\n")
    assert names(drop, 3) == []
    assert drop.waiting == 1
    assert names(drop, 4) == []
    assert names(drop, 5) == ["a.csv"]


def test_a_file_that_was_replaced_begins_anew(drop: DropFolder) -> None:
    path = drop.folder / "a.csv"
    path.write_text("a\n")
    times = path.stat()
    names(drop, 0)
    path.rename(drop.folder / ".old")
    path.write_text("b\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert names(drop, 3) == []


def test_hidden_files_and_folders_are_left_alone(drop: DropFolder) -> None:
    (drop.folder / ".a.csv.part").write_text("a\n")
    (drop.folder / "~$a.xlsx").write_text("a\n")
    (drop.folder / "folder").mkdir()
    names(drop, 0)
    assert names(drop, 9) == []
    assert drop.waiting == 0


def test_links_are_refused_and_never_read(drop: DropFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (drop.folder / "soft.csv").symlink_to(secret)
    os.link(secret, drop.folder / "hard.csv")
    os.mkfifo(drop.folder / "pipe.csv")
    found = {each.name: each.fault for each in drop.settled(0)}
    links = dict.fromkeys(("soft.csv", "hard.csv"), FileFault.LINK)
    assert found == {**links, "pipe.csv": FileFault.NOT_A_FILE}
    for name, code in found.items():
        with pytest.raises(FileFaulty) as refused:
            read_dropped(drop.folder / name)
        assert refused.value.code == code
    drop.put_away(drop.folder / "soft.csv", REJECTED, "1-soft.csv")
    assert secret.read_text() == "secret"


def test_what_is_gone_is_said_to_be(drop: DropFolder) -> None:
    with pytest.raises(FileFaulty) as refused:
        read_dropped(drop.folder / "a.csv")
    assert refused.value.code is FileFault.GONE


@pytest.mark.parametrize(
    "name",
    ["../a.csv", "/etc/passwd", "a/b.csv", "a\\b.csv", ".a.csv", "-rf.csv", "~$a.xlsx", "a\n.csv",
     "a\u202ecsv", "x" * 161, ""],
)  # fmt: skip
def test_a_name_that_is_a_path_or_cannot_be_shown_is_refused(name: str, drop: DropFolder) -> None:
    assert name_fault(name) is FileFault.NAME
    with pytest.raises(FileFaulty):
        drop.drop(name, b"a")
    assert list(drop.folder.iterdir()) == []


def test_a_file_that_is_brought_is_whole_at_once_and_replaces_none(drop: DropFolder) -> None:
    drop.drop("合约 1.csv", b"a\n1\n")
    with pytest.raises(FileExistsError):
        drop.drop("合约 1.csv", b"other")
    assert [each.name for each in drop.folder.iterdir()] == ["合约 1.csv"]
    assert read_dropped(drop.folder / "合约 1.csv") == b"a\n1\n"
    assert not (drop.folder / "合约 1.csv").stat().st_mode & 0o111


def test_what_is_put_away_stays_in_its_folder(drop: DropFolder, tmp_path: Path) -> None:
    drop.drop("a.csv", b"a")
    drop.put_away(drop.folder / "a.csv", DONE, "../../000001-a.csv")
    assert (tmp_path / DONE / "000001-a.csv").exists()
