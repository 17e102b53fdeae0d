"""The folder that data files are dropped into, and where they are put when they are done with.

Names come from outside: only plain files directly in the folder are opened, never a link, and what
was read is what was hashed.
"""

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.io.data_table import FILE_BYTES_MAX

IN, DONE, REJECTED = "in", "done", "rejected"
# Looked at in one go; the rest waits for the next.
ENTRIES_MAX = 1_000
NAME_BYTES_MAX = 160
# A file that has not changed for so long is whole.
SETTLED_NS = 2 * 10**9
REASON_SUFFIX = ".reason.txt"
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640


class Dropped(NamedTuple):
    """A file that stands still, or something else that has no business there."""

    path: Path
    size: int
    fault: FileFault | None = None

    @property
    def name(self) -> str:
        return shown_name(self.path.name)


class _Seen(NamedTuple):
    size: int
    changed_ns: int
    inode: int
    since_ns: int


class DropFolder:
    """One of them; it remembers since when each file has stood still."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / IN
        self._seen: dict[str, _Seen] = {}
        self.waiting = 0

    def prepare(self) -> None:
        for name in (IN, DONE, REJECTED):
            (self.root / name).mkdir(_FOLDER_MODE, parents=True, exist_ok=True)

    def settled(self, now_ns: int) -> list[Dropped]:
        """Files whose size and time of change have not moved since an earlier look, by name.

        Hidden files and folders are nobody's: programs write under such names and rename.
        """
        found: list[Dropped] = []
        before, self._seen = self._seen, {}
        for entry in self._entries():
            dropped = self._looked_at(entry, before.get(entry.name), now_ns)
            if dropped is not None:
                found.append(dropped)
        self.waiting = len(self._seen)
        return sorted(found)

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.folder) as entries:
            for count, entry in enumerate(entries):
                if count >= ENTRIES_MAX:
                    return
                is_hidden = entry.name.startswith((".", "~$"))
                if not is_hidden and not entry.is_dir(follow_symlinks=False):
                    yield entry

    def _looked_at(
        self, entry: os.DirEntry[str], before: _Seen | None, now_ns: int
    ) -> Dropped | None:
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        seen = _Seen(found.st_size, found.st_mtime_ns, found.st_ino, now_ns)
        if before is not None and before[:3] == seen[:3]:
            seen = before
        self._seen[entry.name] = seen
        fault = _fault(entry.name, found)
        if fault is None and now_ns - seen.since_ns < SETTLED_NS:
            return None
        return Dropped(Path(entry.path), found.st_size, fault)

    def kept(self, folder: str, name: str) -> Path:
        """A file that was put away, by a name of ours."""
        assert folder in (DONE, REJECTED)
        return self.root / folder / Path(name).name

    def put_away(self, path: Path, folder: str, name: str) -> None:
        """Within one file system; a link is moved as the link it is."""
        path.rename(self.kept(folder, name))

    def explain(self, name: str, text: str) -> None:
        """Beside a file that was refused, for who has only the folder."""
        target = self.kept(REJECTED, name + REASON_SUFFIX)
        target.write_text(text, encoding="utf-8")

    def forget_reason(self, name: str) -> None:
        self.kept(REJECTED, name + REASON_SUFFIX).unlink(missing_ok=True)

    def forget(self, folder: str, name: str) -> None:
        self.kept(folder, name).unlink(missing_ok=True)
        self.forget_reason(name)

    def drop(self, name: str, content: bytes) -> None:
        """A new file, whole at once; FileExistsError where there is one of the name."""
        if name_fault(name) is not None:
            raise FileFaulty(FileFault.NAME)
        self.prepare()
        hidden = self.folder / f".{os.getpid()}-{os.urandom(6).hex()}"
        target = self.folder / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(hidden, flags, _FILE_MODE), "wb") as file:
            file.write(content)
        try:
            # Other than a rename it replaces nothing.
            os.link(hidden, target)
        finally:
            hidden.unlink()


def read_dropped(path: Path) -> bytes:
    """The bytes of a plain file; FileFaulty for anything else."""
    try:
        descriptor = os.open(path, _READ_FLAGS)
    except FileNotFoundError:
        raise FileFaulty(FileFault.GONE) from None
    except OSError:
        raise FileFaulty(FileFault.LINK if path.is_symlink() else FileFault.NOT_A_FILE) from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        fault = _fault(path.name, found)
        if fault is not None:
            raise FileFaulty(fault, limit=FILE_BYTES_MAX >> 20)
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise FileFaulty(FileFault.TOO_LARGE, limit=FILE_BYTES_MAX >> 20)
    return content


def _fault(name: str, found: os.stat_result) -> FileFault | None:
    if stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
        return FileFault.LINK
    if not stat.S_ISREG(found.st_mode):
        return FileFault.NOT_A_FILE
    if found.st_size > FILE_BYTES_MAX:
        return FileFault.TOO_LARGE
    return name_fault(name)


def name_fault(name: str) -> FileFault | None:
    """A name that is no path, hides nothing and can be shown."""
    is_plain = name == shown_name(name) and name == Path(name).name and "\\" not in name
    is_short = 0 < len(name.encode("utf-8", "replace")) <= NAME_BYTES_MAX
    is_open = not name.startswith((".", "~$", "-"))
    return None if is_plain and is_short and is_open else FileFault.NAME


def shown_name(name: str) -> str:
    """Without what cannot be shown; also the name it is put away under."""
    text = "".join("_" if _is_unseen(each) else each for each in name).replace("/", "_")
    return text.encode("utf-8", "replace")[:NAME_BYTES_MAX].decode("utf-8", "ignore")


def _is_unseen(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category.startswith("C") or category in ("Zl", "Zp")
