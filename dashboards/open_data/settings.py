"""What is published and how it is described: ``publication.yml``, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from dashboards.wording import Words
from ingestion.core.environment import ConfigurationError


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that point to the key of another published table, or of their own."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """What becomes of a row whose counts are too small to be published.

    Attributes:
        columns: left empty.
        marks: columns that get this text instead.
    """

    columns: tuple[str, ...]
    marks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A mart as it is published.

    Attributes:
        name: of its files, without extension.
        columns: in the order of the files; nothing else leaves.
        codes: published codes in place of the mart's, by column.
    """

    name: str
    mart: str
    title: Words
    columns: tuple[str, ...]
    references: tuple[Reference, ...]
    codes: Mapping[str, Mapping[str, str]]
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class CompanionTable:
    """A small table about the data; its columns are text with a description each."""

    name: str
    title: Words
    columns: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Contact:
    """The office that answers questions."""

    name: Words
    email: str


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of use."""

    id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often the data are updated."""

    code: str
    uri: str
    name: Words


@dataclass(frozen=True, slots=True)
class SmallCells:
    """Counts of people that are not told.

    Attributes:
        fewer_than: so many.
        sources: whose indicators count people.
        spared: indicators of these sources that count something else.
    """

    fewer_than: int
    sources: tuple[str, ...]
    spared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything of ``publication.yml``."""

    publisher_code: str
    contact: Contact
    licence: Licence
    frequency: Frequency
    small_cells: SmallCells
    catalogue_title: Words
    catalogue_description: Words
    dataset_id: str
    title: Words
    description: Words
    keywords: Mapping[str, tuple[str, ...]]
    theme: str
    tables: tuple[PublishedTable, ...]
    dictionary: CompanionTable
    listing: CompanionTable
    proposed: tuple[str, ...] = field(default=())
    """Parts that the owner has still to decide."""


def load_publication(content: str | None = None) -> Publication:
    """Read the settings.

    Args:
        content: the text of another file than the package's own.

    Raises:
        ConfigurationError: something is missing or does not fit; the message names it.
    """
    text = content or files("dashboards.open_data").joinpath("publication.yml").read_text("utf-8")
    document = yaml.safe_load(text)
    try:
        publication = _publication(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"publication.yml: missing or misshapen: {error}") from error
    _require_known_tables(publication)
    return publication


def _publication(document: dict[str, Any]) -> Publication:
    contact, licence, frequency = (document[k] for k in ("contact", "licence", "frequency"))
    dataset, small = document["dataset"], document["small_cells"]
    return Publication(
        publisher_code=document["publisher"]["agency_code"],
        contact=Contact(_words(contact, "name"), contact["email"]),
        licence=Licence(licence["id"], licence["title"], licence["url"]),
        frequency=Frequency(frequency["code"], frequency["uri"], _words(frequency, "name")),
        small_cells=SmallCells(
            int(small["fewer_than"]), tuple(small["sources"]), tuple(small["spared"])
        ),
        catalogue_title=_words(document["catalogue"], "title"),
        catalogue_description=_words(document["catalogue"], "description"),
        dataset_id=dataset["id"],
        title=_words(dataset, "title"),
        description=_words(dataset, "description"),
        keywords={lang: tuple(dataset[f"keywords_{lang}"]) for lang in ("vi", "en")},
        theme=dataset["theme"],
        tables=tuple(_table(table) for table in dataset["tables"]),
        dictionary=_companion(document["dictionary"]),
        listing=_companion(document["list"]),
        proposed=tuple(
            name
            for name, part in document.items()
            if isinstance(part, dict) and part.get("certainty") == "proposed"
        ),
    )


def _table(entry: dict[str, Any]) -> PublishedTable:
    withhold = entry.get("withhold")
    return PublishedTable(
        name=entry["name"],
        mart=entry["mart"],
        title=_words(entry, "title"),
        columns=tuple(entry["columns"]),
        references=tuple(
            Reference(tuple(one["columns"]), one["table"], tuple(one["to"]))
            for one in entry.get("references", ())
        ),
        codes=entry.get("codes", {}),
        withheld=Withheld(tuple(withhold["columns"]), withhold["marks"]) if withhold else None,
    )


def _companion(entry: dict[str, Any]) -> CompanionTable:
    columns = {name: Words(**words) for name, words in entry["columns"].items()}
    return CompanionTable(entry["name"], _words(entry, "title"), columns)


def _words(entry: dict[str, Any], name: str) -> Words:
    return Words(entry[f"{name}_vi"], entry[f"{name}_en"])


def _require_known_tables(publication: Publication) -> None:
    columns = {table.name: set(table.columns) for table in publication.tables}
    for table in publication.tables:
        for reference in table.references:
            if not set(reference.to) <= columns.get(reference.table, set()):
                raise ConfigurationError(
                    f"publication.yml: {table.name} points to {reference.table} "
                    f"({', '.join(reference.to)}), which is not published."
                )
        withheld = table.withheld
        touched = {*table.codes, *(withheld.columns if withheld else ())}
        touched |= set(withheld.marks) if withheld else set()
        if unknown := sorted(touched - columns[table.name]):
            raise ConfigurationError(
                f"publication.yml: {table.name} does not publish {', '.join(unknown)}."
            )
