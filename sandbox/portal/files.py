"""What lies in the files of the portal; written only when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal.spoiling import spoilt_bytes, spoilt_table
from sandbox.portal.subjects import Table, subjects, table_of
from sandbox.portal.writers import write


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file.

    Attributes:
        subject: key of what it is about.
        key: of the dataset.
        publisher_kind: communes count by hamlet.
        version: of the figures.
        kind: format that is written.
        table: what is done to the rows; "" for nothing.
        spoil: what is done to the bytes; "" for nothing.
    """

    subject: str
    key: str
    publisher_kind: str
    version: int
    kind: str
    table: str = ""
    spoil: str = ""

    def written(self) -> bytes:
        """Return the bytes."""
        rows = table_of(subjects()[self.subject], self.key, self.publisher_kind, self.version)
        if self.table:
            rows = spoilt_table(rows, self.table, self.key)
        content = write(rows, self.kind)
        return spoilt_bytes(content, self.spoil) if self.spoil else content


@dataclass(frozen=True, slots=True)
class DictionaryFile:
    """What the columns of a subject mean, as CSV."""

    subject: str

    def written(self) -> bytes:
        """Return the bytes."""
        fields = [column.field for column in subjects()[self.subject].columns]
        header = ("Tên trường", "Kiểu dữ liệu", "Mô tả")
        return write(Table(header, tuple((f.name, f.type, f.label) for f in fields)), "csv_bom")


@dataclass(frozen=True, slots=True)
class ListFile:
    """A publisher's list of its datasets, as CSV.

    Attributes:
        titles: with the short name of each.
    """

    publisher: str
    titles: tuple[tuple[str, str], ...]

    def written(self) -> bytes:
        """Return the bytes."""
        rows = tuple(
            (number, title, name, self.publisher)
            for number, (title, name) in enumerate(self.titles, 1)
        )
        header = ("STT", "Tên bộ dữ liệu", "Mã bộ dữ liệu", "Đơn vị chủ trì")
        return write(Table(header, rows), "csv_bom")
