"""The catalogue that portals harvest: DCAT 3 as JSON-LD, and the same as Turtle.

Addresses are relative to the catalogue's own, so that it is right wherever it is served; a base
address makes them absolute, for portals that cannot resolve them. The context is in the document:
whoever reads it asks nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from rdflib import Graph

from dashboards.open_data.marts import Standing
from dashboards.open_data.package import DESCRIPTOR, MEDIA_TYPES, description, title
from dashboards.open_data.settings import Publication
from dashboards.open_data.tables import WrittenFile, WrittenTable
from dashboards.wording import Words
from ingestion.core.environment import TIMEZONE

CATALOGUE = "catalog.jsonld"
TURTLE = "catalog.ttl"
PAGE = "index.html"

_FORMATS = {"csv": "CSV", "parquet": "Parquet"}
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def json_ld(
    publication: Publication,
    standing: Standing,
    version: str,
    tables: Sequence[WrittenTable],
    base: str,
) -> bytes:
    """The catalogue as JSON-LD.

    Args:
        publication: how the dataset is described.
        standing: what the data are.
        version: whose files the catalogue offers.
        tables: of that version.
        base: address of the folder that holds the catalogue, with "/" at its end; "" for relative
            addresses.
    """
    publisher = {
        "@id": f"{base}{CATALOGUE}#publisher",
        "@type": "foaf:Organization",
        "foaf:name": _both(standing.publisher),
    }
    catalogue = {
        "@context": _CONTEXT,
        "@id": f"{base}{CATALOGUE}#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _both(publication.catalogue_title),
        "dct:description": _both(publication.catalogue_description),
        "dct:publisher": publisher,
        "dct:language": ["vi", "en"],
        "dct:modified": _moment(standing.as_of),
        "foaf:homepage": {"@id": f"{base}{PAGE}"},
        "dcat:dataset": _dataset(publication, standing, version, tables, base),
    }
    return orjson.dumps(catalogue, option=orjson.OPT_INDENT_2) + b"\n"


def turtle(json_ld_catalogue: bytes, base: str) -> bytes:
    """The same catalogue as Turtle.

    Args:
        json_ld_catalogue: as `json_ld` made it.
        base: as given there; relative addresses stay relative.
    """
    # rdflib resolves what it reads; a base that cannot be real is taken away again.
    stand_in = base or "urn:relative:/"
    graph = Graph()
    graph.parse(data=json_ld_catalogue, format="json-ld", publicID=f"{stand_in}{CATALOGUE}")
    text = graph.serialize(format="turtle")
    return (text if base else text.replace(stand_in, "")).encode()


def _dataset(
    publication: Publication,
    standing: Standing,
    version: str,
    tables: Sequence[WrittenTable],
    base: str,
) -> dict[str, Any]:
    contact = publication.contact
    dataset = f"{base}{publication.dataset_id}"
    return {
        "@id": f"{base}{CATALOGUE}#{publication.dataset_id}",
        "@type": "dcat:Dataset",
        "dct:identifier": publication.dataset_id,
        "dct:title": _both(title(publication, standing)),
        "dct:description": _both(description(publication, standing)),
        "dct:publisher": {"@id": f"{base}{CATALOGUE}#publisher"},
        "dcat:contactPoint": {
            "@id": f"{base}{CATALOGUE}#contact",
            "@type": "vcard:Organization",
            "vcard:fn": _both(contact.name),
            "vcard:hasEmail": {"@id": f"mailto:{contact.email}"},
        },
        "dct:accrualPeriodicity": {"@id": publication.frequency.uri},
        "dct:license": {"@id": publication.licence.url},
        "dct:modified": _moment(standing.as_of),
        "dct:language": ["vi", "en"],
        "dcat:keyword": [
            {"@value": word, "@language": language}
            for language, words in publication.keywords.items()
            for word in words
        ],
        "dcat:theme": {"@id": publication.theme},
        "dcat:landingPage": {"@id": f"{base}{PAGE}"},
        "dcat:version": version,
        "foaf:page": {"@id": f"{dataset}/{version}/{DESCRIPTOR}"},
        "dcat:distribution": [
            _distribution(publication, standing, f"{dataset}/{version}", written, file, base)
            for written in tables
            for file in written.files
        ],
    }


def _distribution(
    publication: Publication,
    standing: Standing,
    folder: str,
    written: WrittenTable,
    file: WrittenFile,
    base: str,
) -> dict[str, Any]:
    table, kind = written.table, _FORMATS[file.kind]
    address = f"{folder}/{file.name}"
    return {
        # The same file of another version is the same distribution with another address.
        "@id": f"{base}{CATALOGUE}#{publication.dataset_id}/{file.name}",
        "@type": "dcat:Distribution",
        "dct:identifier": f"{publication.dataset_id}:{file.name}",
        "dct:title": _both(Words(f"{table.title.vi} ({kind})", f"{table.title.en} ({kind})")),
        "dct:description": _both(table.meaning),
        "dct:format": kind,
        "dcat:mediaType": MEDIA_TYPES[file.kind],
        "dcat:byteSize": {"@value": str(file.byte_count), "@type": "xsd:nonNegativeInteger"},
        "dct:license": {"@id": publication.licence.url},
        "dct:modified": _moment(standing.as_of),
        "dcat:accessURL": {"@id": f"{base}{PAGE}"},
        "dcat:downloadURL": {"@id": address},
        "spdx:checksum": {
            "@id": f"{base}{CATALOGUE}#{publication.dataset_id}/{file.name}/checksum",
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }


def _both(words: Words) -> list[dict[str, str]]:
    return [{"@value": words.vi, "@language": "vi"}, {"@value": words.en, "@language": "en"}]


def _moment(moment: datetime) -> dict[str, str]:
    return {"@value": moment.astimezone(TIMEZONE).isoformat(), "@type": "xsd:dateTime"}
