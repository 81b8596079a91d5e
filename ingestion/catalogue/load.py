"""Finding and reading the files of the catalogue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ingestion.catalogue.agencies import (
    Agency,
    SourceCode,
    Succession,
    read_agencies,
    read_source_codes,
    read_succession,
)
from ingestion.catalogue.document import Document, read_document
from ingestion.catalogue.problem import shown

TARGETS_FILE = "targets.yml"


@dataclass(frozen=True)
class CatalogueFolder:
    """Where the catalogue lies.

    Attributes:
        dbt_project: The folder that holds ``indicators/`` and ``seeds/``.
    """

    dbt_project: Path

    @property
    def indicators(self) -> Path:
        """The folder of the indicator files."""
        return self.dbt_project / "indicators"

    @property
    def reference(self) -> Path:
        """The folder of the hand-kept seeds."""
        return self.dbt_project / "seeds" / "reference"

    @property
    def formulas(self) -> Path:
        """The file of the formulas."""
        return self.dbt_project / "macros" / "readings.sql"

    @property
    def corrections(self) -> Path:
        """The folder of the declared corrections."""
        return self.dbt_project / "seeds" / "corrections"

    @property
    def correctable_fields(self) -> Path:
        """The file that lists what of a dossier may be corrected."""
        return self.dbt_project / "macros" / "corrections.sql"

    @property
    def rendered(self) -> Path:
        """The folder of the generated seeds."""
        return self.dbt_project / "seeds" / "catalogue"

    def shown(self, path: Path) -> str:
        """A file's name in messages."""
        return shown(path, self.dbt_project.parent)

    @cached_property
    def indicator_documents(self) -> list[Document]:
        """The indicator files in name order, broken ones included."""
        paths = sorted(self.indicators.glob("*.yml"))
        return [self._read(path) for path in paths if path.name != TARGETS_FILE]

    @cached_property
    def targets_document(self) -> Document:
        """The targets file.

        Raises:
            FileNotFoundError: there is none.
        """
        return self._read(self.indicators / TARGETS_FILE)

    @cached_property
    def agencies(self) -> list[Agency]:
        """The agencies of all eras."""
        return read_agencies(self.reference / "agencies.csv")

    @cached_property
    def succession(self) -> list[Succession]:
        """The succession of the agencies."""
        return read_succession(self.reference / "agency_succession.csv")

    @cached_property
    def source_codes(self) -> list[SourceCode]:
        """The unit codes of the sources."""
        return read_source_codes(self.reference / "agency_source_codes.csv")

    def schema(self, name: str) -> dict[str, Any]:
        """One of the two JSON schemas, by file name."""
        schema: dict[str, Any] = json.loads((self.indicators / name).read_text(encoding="utf-8"))
        return schema

    def _read(self, path: Path) -> Document:
        return read_document(path, self.shown(path))
