"""The portal's catalogue as DCAT (JSON-LD, Turtle, RDF/XML) and as ``data.json``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from sandbox.portal.ckan_form import address
from sandbox.portal.model import Dataset, Resource, State
from sandbox.portal.settings import settings

Json = dict[str, Any]
_VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_DATA_JSON: Final = "https://project-open-data.cio.gov/v1.1/schema"


def json_ld(state: State, site: str) -> bytes:
    """Return the catalogue as JSON-LD with its context inside."""
    datasets = [_ld_dataset(state, dataset, site) for dataset in state.public]
    return orjson.dumps(
        {
            "@context": _CONTEXT,
            "@id": f"{site}/",
            "@type": "dcat:Catalog",
            "dct:title": {"@language": "vi", "@value": settings().site["title"]},
            "dcat:dataset": datasets,
        }
    )


def _ld_dataset(state: State, dataset: Dataset, site: str) -> Json:
    found: Json = {
        "@id": _dataset_id(dataset, site),
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.dataset_id,
        "dct:title": {"@language": "vi", "@value": dataset.title},
        "dct:issued": _ld_moment(dataset.created_at.isoformat()),
        "dct:modified": _ld_moment(dataset.modified_at.isoformat()),
        "dcat:keyword": list(dataset.tags),
        "dcat:landingPage": {"@id": f"{site}/dataset/{dataset.name}"},
        "dcat:distribution": [
            _ld_distribution(dataset, resource, site) for resource in dataset.resources
        ],
    }
    if dataset.description:
        found["dct:description"] = {"@language": "vi", "@value": dataset.description}
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    if publisher:
        found["dct:publisher"] = {
            "@id": _publisher_id(publisher.publisher_id, site),
            "@type": "foaf:Organization",
            "foaf:name": publisher.title,
            "dct:identifier": publisher.publisher_id,
        }
    if dataset.maintainer or dataset.maintainer_email:
        contact: Json = {"@type": "vcard:Kind", "vcard:fn": dataset.maintainer}
        if dataset.maintainer_email:
            contact["vcard:hasEmail"] = {"@id": f"mailto:{dataset.maintainer_email}"}
        found["dcat:contactPoint"] = contact
    frequency = dataset.frequency_text
    if frequency:
        is_address = frequency.startswith("http")
        found["dct:accrualPeriodicity"] = {"@id": frequency} if is_address else frequency
    licence = _licence(dataset)
    if licence:
        found["dct:license"] = {"@id": licence} if licence.startswith("http") else licence
    return found


def _ld_distribution(dataset: Dataset, resource: Resource, site: str) -> Json:
    found: Json = {
        "@id": _resource_id(dataset, resource, site),
        "@type": "dcat:Distribution",
        "dct:identifier": resource.resource_id,
        "dct:title": resource.name,
        "dct:description": resource.description,
        "dct:format": resource.format_text,
        "dct:issued": _ld_moment(resource.created_at.isoformat()),
    }
    if resource.media_type:
        found["dcat:mediaType"] = resource.media_type
    if resource.modified_at:
        found["dct:modified"] = _ld_moment(resource.modified_at.isoformat())
    url = address(resource, site)
    if url:
        found["dcat:accessURL"] = {"@id": url}
        found["dcat:downloadURL"] = {"@id": url}
    return found


def _ld_moment(text: str) -> Json:
    return {"@type": "xsd:dateTime", "@value": text}


def turtle(state: State, site: str) -> bytes:
    """Return the catalogue as Turtle."""
    return bytes(_graph(state, site).serialize(format="turtle", encoding="utf-8"))


def rdf_xml(state: State, site: str) -> bytes:
    """Return the catalogue as RDF/XML."""
    return bytes(_graph(state, site).serialize(format="xml", encoding="utf-8"))


def _graph(state: State, site: str) -> Graph:
    graph = Graph()
    for prefix, name in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("vcard", _VCARD)):
        graph.bind(prefix, name)
    catalogue = URIRef(f"{site}/")
    graph.add((catalogue, RDF.type, DCAT.Catalog))
    graph.add((catalogue, DCTERMS.title, Literal(settings().site["title"], lang="vi")))
    for dataset in state.public:
        graph.add((catalogue, DCAT.dataset, URIRef(_dataset_id(dataset, site))))
        for triple in _triples(state, dataset, site):
            graph.add(triple)
    return graph


def _triples(state: State, dataset: Dataset, site: str) -> Iterator[tuple[Node, Node, Node]]:
    subject = URIRef(_dataset_id(dataset, site))
    yield subject, RDF.type, DCAT.Dataset
    yield subject, DCTERMS.identifier, Literal(dataset.dataset_id)
    yield subject, DCTERMS.title, Literal(dataset.title, lang="vi")
    if dataset.description:
        yield subject, DCTERMS.description, Literal(dataset.description, lang="vi")
    yield subject, DCTERMS.issued, _moment(dataset.created_at.isoformat())
    yield subject, DCTERMS.modified, _moment(dataset.modified_at.isoformat())
    yield subject, DCAT.landingPage, URIRef(f"{site}/dataset/{dataset.name}")
    for tag in dataset.tags:
        yield subject, DCAT.keyword, Literal(tag)
    for predicate, text in (
        (DCTERMS.accrualPeriodicity, dataset.frequency_text),
        (DCTERMS.license, _licence(dataset)),
    ):
        if text:
            yield subject, predicate, _address_or_text(text)
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    if publisher:
        agent = URIRef(_publisher_id(publisher.publisher_id, site))
        yield subject, DCTERMS.publisher, agent
        yield agent, RDF.type, FOAF.Organization
        yield agent, FOAF.name, Literal(publisher.title)
        yield agent, DCTERMS.identifier, Literal(publisher.publisher_id)
    if dataset.maintainer or dataset.maintainer_email:
        # With an address of its own, so that the same day gives the same bytes.
        contact = URIRef(f"{subject}#contact")
        yield subject, DCAT.contactPoint, contact
        yield contact, RDF.type, _VCARD.Kind
        yield contact, _VCARD.fn, Literal(dataset.maintainer)
        if dataset.maintainer_email:
            yield contact, _VCARD.hasEmail, URIRef(f"mailto:{dataset.maintainer_email}")
    for resource in dataset.resources:
        part = URIRef(_resource_id(dataset, resource, site))
        yield subject, DCAT.distribution, part
        yield part, RDF.type, DCAT.Distribution
        yield part, DCTERMS.identifier, Literal(resource.resource_id)
        yield part, DCTERMS.title, Literal(resource.name)
        yield part, DCTERMS.description, Literal(resource.description)
        yield part, DCTERMS["format"], Literal(resource.format_text)
        yield part, DCTERMS.issued, _moment(resource.created_at.isoformat())
        if resource.media_type:
            yield part, DCAT.mediaType, Literal(resource.media_type)
        if resource.modified_at:
            yield part, DCTERMS.modified, _moment(resource.modified_at.isoformat())
        url = address(resource, site)
        if url:
            yield part, DCAT.accessURL, URIRef(url)
            yield part, DCAT.downloadURL, URIRef(url)


def data_json(state: State, site: str) -> bytes:
    """Return the catalogue in the form of Project Open Data 1.1."""
    return orjson.dumps(
        {
            "@context": f"{_DATA_JSON}/catalog.jsonld",
            "@type": "dcat:Catalog",
            "conformsTo": _DATA_JSON,
            "describedBy": f"{_DATA_JSON}/catalog.json",
            "dataset": [_data_json_dataset(state, dataset, site) for dataset in state.public],
        }
    )


def _data_json_dataset(state: State, dataset: Dataset, site: str) -> Json:
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    described = [r for r in dataset.resources if r.role == "dictionary"]
    found: Json = {
        "@type": "dcat:Dataset",
        "identifier": dataset.dataset_id,
        "title": dataset.title,
        "description": dataset.description,
        "keyword": list(dataset.tags),
        "issued": dataset.created_at.isoformat(),
        "modified": dataset.modified_at.isoformat(),
        "accessLevel": "public",
        "landingPage": f"{site}/dataset/{dataset.name}",
        "license": _licence(dataset),
        "accrualPeriodicity": dataset.frequency_text,
        "distribution": [_data_json_distribution(resource, site) for resource in dataset.resources],
    }
    if publisher:
        found["publisher"] = {"@type": "org:Organization", "name": publisher.title}
    if dataset.maintainer or dataset.maintainer_email:
        found["contactPoint"] = {
            "@type": "vcard:Contact",
            "fn": dataset.maintainer,
            "hasEmail": f"mailto:{dataset.maintainer_email}" if dataset.maintainer_email else "",
        }
    if described:
        found["describedBy"] = address(described[0], site)
    return {name: value for name, value in found.items() if value not in ("", None)}


def _data_json_distribution(resource: Resource, site: str) -> Json:
    found = {
        "@type": "dcat:Distribution",
        "identifier": resource.resource_id,
        "title": resource.name,
        "description": resource.description,
        "format": resource.format_text,
        "mediaType": resource.media_type,
        "downloadURL": address(resource, site),
        "modified": resource.modified_at.isoformat() if resource.modified_at else "",
    }
    return {name: value for name, value in found.items() if value}


def _dataset_id(dataset: Dataset, site: str) -> str:
    return f"{site}/dataset/{dataset.dataset_id}"


def _publisher_id(publisher_id: str, site: str) -> str:
    return f"{site}/organization/{publisher_id}"


def _resource_id(dataset: Dataset, resource: Resource, site: str) -> str:
    return f"{_dataset_id(dataset, site)}/resource/{resource.resource_id}"


def _licence(dataset: Dataset) -> str:
    return dataset.licence_url or dataset.licence_title


def _moment(text: str) -> Literal:
    return Literal(text, datatype=XSD.dateTime)


def _address_or_text(text: str) -> URIRef | Literal:
    return URIRef(text) if text.startswith("http") else Literal(text)


CATALOGUES: Final[Mapping[str, tuple[str, Callable[[State, str], bytes]]]] = {
    "/catalog.jsonld": ("application/ld+json", json_ld),
    "/catalog.ttl": ("text/turtle; charset=utf-8", turtle),
    "/catalog.rdf": ("application/rdf+xml; charset=utf-8", rdf_xml),
    "/data.json": ("application/json", data_json),
}
"""Media type and writer of each address of the catalogue."""
