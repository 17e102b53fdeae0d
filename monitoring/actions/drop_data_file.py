"""Put a file that a browser sends into the drop folder, where it is one like any other."""

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.io.drop_folder import DropFolder

# In base64 it fits into a request (2.5 MB); larger ones are copied into the folder.
UPLOAD_BYTES_MAX = 3 << 19
SUFFIXES = (".csv", ".txt", ".xlsx", ".json")


class NameTaken(ValueError):
    """A file of this name waits there already."""


def drop_data_file(drop: DropFolder, name: str, content: bytes) -> None:
    """It is data: nothing here or later runs it. FileFaulty says what is wrong with it."""
    if not content:
        raise FileFaulty(FileFault.EMPTY)
    if len(content) > UPLOAD_BYTES_MAX:
        raise FileFaulty(FileFault.TOO_LARGE, limit=UPLOAD_BYTES_MAX / (1 << 20))
    if not name.lower().endswith(SUFFIXES):
        raise FileFaulty(FileFault.ENDING)
    try:
        drop.drop(name, content)
    except FileExistsError:
        raise NameTaken(name) from None
