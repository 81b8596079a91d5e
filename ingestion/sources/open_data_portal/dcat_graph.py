"""A job of the reading process: a DCAT catalogue as plain facts.

Vocabularies: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), DCAT-AP, and the JSON of DCAT-US 1.1
(https://resources.data.gov/resources/dcat-us/); the mapping is that of field.md 4.3. Nothing that a
document points to is loaded: JSON-LD with a remote context and XML with entities are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from rdflib import Dataset as Quads
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, ORG, OWL, RDF, RDFS, SKOS, Namespace
from rdflib.term import BNode, IdentifiedNode, Literal, Node, URIRef

from ingestion.reading.encodings import decode
from ingestion.reading.grid import FileRefused
from ingestion.reading.refusals import refuse

_HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
_ADMS = Namespace("http://www.w3.org/ns/adms#")
_SPDX = Namespace("http://spdx.org/rdf/terms#")
_VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
_SCHEMA = Namespace("http://schema.org/")
_WDRS = Namespace("http://www.w3.org/2007/05/powder-s#")
_CSVW = Namespace("http://www.w3.org/ns/csvw#")
_NAMES = (FOAF.name, _VCARD.fn, SKOS.prefLabel, DCTERMS.title, RDFS.label)
_DESCRIBED_BY = (_WDRS.describedby, URIRef(str(DCAT) + "describedBy"), _CSVW.tableSchema)
_LANGUAGES = ("vi", "", "en")
_MOST_CONTACTS = 50
_XML_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_TYPE_AUTHORITIES = ("/authority/file-type/", "/media-types/")

Facts = dict[str, Any]


def read_catalogue(content: bytes, name: str, options: Mapping[str, Any]) -> Facts:
    """The datasets of one document, or one page of a catalogue.

    Args:
        content: JSON-LD, Turtle, RDF/XML, or the JSON of DCAT-US, told by the content itself.
        name: of the document.
        options: ``base``, the address that relative ones belong to.

    Returns:
        ``datasets`` and ``publishers`` as facts, ``named`` (datasets that the catalogue links to
        without describing them here), ``total`` and ``next`` (address) as the document says.

    Raises:
        FileRefused: it is none of these, or tries to have something loaded.
    """
    text = decode(content).text
    base = str(options["base"])
    head = text.lstrip("\ufeff \t\r\n")[:1]
    if head in ("{", "["):
        return _read_json(text, base)
    if head == "<" and _looks_like_xml(text):
        return _graph_facts(_parsed(_without_declaration(text), "xml", base))
    return _graph_facts(_parsed(text, "turtle", base))


def _looks_like_xml(text: str) -> bool:
    """Turtle may start with ``<`` too, for an address, which holds no blank."""
    return re.match(r"\s*<(\?xml\b|!|[A-Za-z_][\w.-]*(:[\w.-]+)?\s)", text) is not None


def _without_declaration(text: str) -> str:
    """XML without what it says of its encoding, for it has been decoded.

    Raises:
        FileRefused: it declares entities or a document type.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise refuse("xml_entities", "RDF/XML")
    return _XML_DECLARATION.sub("", text, count=1)


def _read_json(text: str, base: str) -> Facts:
    try:
        payload = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise FileRefused("too_deep", "the JSON is nested too deeply") from None
    except ValueError:
        raise FileRefused("broken_json", "broken or truncated JSON") from None
    if _is_dcat_us(payload):
        return _us_facts(payload)
    if _has_remote_context(payload):
        raise FileRefused(
            "remote_context", "the JSON-LD names a context that would have to be loaded"
        )
    return _graph_facts(_parsed(text, "json-ld", base))


class _Twice(dict[str, Any]):
    """An object in which a name stood more than once: which value is meant is not known."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Twice(plain)


def _has_remote_context(payload: object) -> bool:
    pending = [payload]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            contexts = value.get("@context")
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                    return True
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return False


def _parsed(text: str, form: str, base: str) -> Graph:
    graph: Graph = Quads(default_union=True) if form == "json-ld" else Graph()
    try:
        graph.parse(data=text, format=form, publicID=base)
    except MemoryError:
        raise
    except RecursionError:
        raise FileRefused("too_deep", f"the {form} document is nested too deeply") from None
    except Exception as error:  # every parser of rdflib has errors of its own
        raise FileRefused("broken_rdf", f"no readable {form}: {type(error).__name__}") from None
    return graph


def _graph_facts(graph: Graph) -> Facts:
    """Facts of all datasets of a graph.

    Raises:
        FileRefused: the graph holds no catalogue and no dataset.
    """
    linked = _nodes(graph.objects(None, DCAT.dataset))
    typed = _nodes(graph.subjects(RDF.type, DCAT.Dataset))
    catalogues = list(graph.subjects(RDF.type, DCAT.Catalog))
    if not (catalogues or linked or typed):
        raise FileRefused("no_catalogue", "the document holds no dcat:Catalog")
    described = {node: None for node in [*typed, *linked] if (node, DCTERMS.title, None) in graph}
    described |= dict.fromkeys(typed)
    ids = _identifiers(graph, described)
    agents: dict[Node, Facts] = {}
    for kind in (FOAF.Agent, FOAF.Organization, ORG.Organization, ORG.FormalOrganization):
        for node in graph.subjects(RDF.type, kind):
            agents[node] = _agent(graph, node)
    datasets = []
    for node in described:
        datasets.append(_dataset(graph, node, ids[node]))
        agents |= {one: _agent(graph, one) for one in graph.objects(node, DCTERMS.publisher)}
    total = _text(graph, None, _HYDRA.totalItems)
    following = _text(graph, None, _HYDRA.next) or _text(graph, None, _HYDRA.nextPage)
    return {
        "datasets": datasets,
        "publishers": [facts for facts in agents.values() if facts["publisher_id"]],
        "named": [str(node) for node in linked if node not in described],
        "total": total,
        "next": following,
    }


def _identifiers(graph: Graph, nodes: Iterable[Node]) -> dict[Node, str]:
    """What tells the datasets apart: ``dct:identifier`` where it does, else the address."""
    stated = {node: _text(graph, node, DCTERMS.identifier) for node in nodes}
    times: dict[str, int] = {}
    for text in stated.values():
        times[text] = times.get(text, 0) + 1
    return {
        node: text if text and times[text] == 1 else (_iri(node) or text)
        for node, text in stated.items()
    }


def _dataset(graph: Graph, node: Node, dataset_id: str) -> Facts:
    publisher = graph.value(node, DCTERMS.publisher)
    agent = _agent(graph, publisher) if publisher is not None else {}
    page = _text(graph, node, DCAT.landingPage)
    files = _nodes(graph.objects(node, DCAT.distribution))
    ordered = sorted(files, key=lambda one: _place(graph, one))
    resources = [_distribution(graph, one) for one in ordered]
    return {
        "dataset_id": dataset_id or page,
        "address": _iri(node),
        "name": _last_step(page),
        "title": _text(graph, node, DCTERMS.title),
        "description": _text(graph, node, DCTERMS.description),
        "page_url": page,
        "publisher_id": agent.get("publisher_id"),
        "publisher_name": agent.get("title"),
        **(_licence(graph, [node]) or _licence(graph, files)),
        "contacts": _contacts(graph, node),
        "frequency_text": _label(graph, graph.value(node, DCTERMS.accrualPeriodicity)),
        "created_at": _text(graph, node, DCTERMS.issued),
        "modified_at": _text(graph, node, DCTERMS.modified),
        "tags": [str(word) for word in graph.objects(node, DCAT.keyword)],
        "dictionary": next((True for key in _DESCRIBED_BY if (node, key, None) in graph), None),
        "stated_resource_count": len(resources),
        "resources": resources,
    }


def _distribution(graph: Graph, node: Node) -> Facts:
    url = _text(graph, node, DCAT.downloadURL) or _text(graph, node, DCAT.accessURL)
    checksum = graph.value(node, _SPDX.checksum)
    kind = graph.value(node, DCTERMS["type"])
    return {
        "resource_id": _text(graph, node, DCTERMS.identifier) or _iri(node) or url,
        "name": _text(graph, node, DCTERMS.title),
        "kind": _label(graph, kind),
        "description": _text(graph, node, DCTERMS.description),
        "format_text": _type_name(_label(graph, graph.value(node, DCTERMS["format"]))),
        "media_type": _type_name(_label(graph, graph.value(node, DCAT.mediaType))),
        "url": url,
        "size_bytes": _text(graph, node, DCAT.byteSize),
        "stated_hash": _text(graph, checksum, _SPDX.checksumValue) if checksum else "",
        "created_at": _text(graph, node, DCTERMS.issued),
        "modified_at": _text(graph, node, DCTERMS.modified),
        "has_datastore": (node, DCAT.accessService, None) in graph,
        "dictionary": next((True for key in _DESCRIBED_BY if (node, key, None) in graph), None),
    }


def _place(graph: Graph, node: Node) -> tuple[int, str]:
    """Order of a dataset's files, for a graph has none: a stated position, else the address."""
    position = _text(graph, node, _SCHEMA.position)
    return (int(position) if position.isdigit() else 0), _iri(node) or _text(
        graph, node, DCAT.accessURL
    )


def _agent(graph: Graph, node: Node) -> Facts:
    """An organisation; one that is only a word is known by it."""
    if isinstance(node, Literal):
        return {"publisher_id": str(node), "name": "", "title": str(node)}
    title = next((text for name in _NAMES if (text := _text(graph, node, name))), "")
    identifier = _text(graph, node, DCTERMS.identifier)
    return {
        "publisher_id": identifier or _iri(node) or title,
        "name": _text(graph, node, FOAF.nick),
        "title": title,
    }


def _licence(graph: Graph, nodes: Iterable[Node]) -> Facts:
    """The licence that all of some nodes agree on; of several the words alone, side by side."""
    found = []
    for node in nodes:
        for licence in graph.objects(node, DCTERMS.license):
            if licence not in found:
                found.append(licence)
    if not found:
        return {}
    if len(found) > 1:
        return {"licence_title": " | ".join(sorted(_label(graph, one) for one in found))}
    (licence,) = found
    label = _label(graph, licence)
    is_address = label.startswith(("http://", "https://"))
    return {
        "licence_id": _text(graph, licence, DCTERMS.identifier),
        "licence_title": "" if is_address else label,
        "licence_url": _iri(licence) or (label if is_address else ""),
    }


def _contacts(graph: Graph, node: Node) -> list[str]:
    """Every text and address that stands below a contact point."""
    found: list[str] = []
    for key in (DCAT.contactPoint, _ADMS.contactPoint):
        pending: list[tuple[Node, int]] = [(one, 0) for one in graph.objects(node, key)]
        while pending and len(found) < _MOST_CONTACTS:
            value, depth = pending.pop()
            if isinstance(value, Literal):
                found.append(str(value))
            elif str(value).startswith(("mailto:", "tel:")):
                found.append(unquote(urlsplit(str(value)).path))
            elif depth < 3:
                pending += [
                    (inner, depth + 1)
                    for key_below, inner in graph.predicate_objects(value)
                    if key_below not in (RDF.type, OWL.sameAs)
                ]
    return sorted(found)


def _label(graph: Graph, node: Node | None) -> str:
    """A word for a node: its own text, its label, or its address."""
    if node is None:
        return ""
    if isinstance(node, Literal):
        return str(node)
    labels = (SKOS.prefLabel, RDFS.label, DCTERMS.title, RDF.value)
    return next((text for key in labels if (text := _text(graph, node, key))), _iri(node))


def _text(graph: Graph, node: Node | None, key: Node) -> str:
    """One value, in Vietnamese where there are several languages."""
    found = list(graph.objects(node, key))
    if not found:
        return ""
    if len(found) == 1:
        return str(found[0]) if not isinstance(found[0], BNode) else ""

    def rank(value: Node) -> tuple[int, str]:
        language = (value.language or "")[:2].lower() if isinstance(value, Literal) else ""
        known = language in _LANGUAGES
        return (_LANGUAGES.index(language) if known else len(_LANGUAGES), str(value))

    plain = [value for value in found if not isinstance(value, BNode)]
    return str(min(plain, key=rank)) if plain else ""


def _type_name(text: str) -> str:
    """``CSV`` of the address of a file type, ``text/csv`` of that of a media type."""
    for authority in _TYPE_AUTHORITIES:
        if authority in text and text.startswith("http"):
            return text.partition(authority)[2]
    return text


def _last_step(address: str) -> str:
    return unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2]) if address else ""


def _iri(node: Node | None) -> str:
    return str(node) if isinstance(node, URIRef) else ""


def _nodes(found: Iterable[Node]) -> list[Node]:
    return list(dict.fromkeys(node for node in found if isinstance(node, IdentifiedNode)))


def _is_dcat_us(payload: object) -> bool:
    if not isinstance(payload, dict) or not isinstance(payload.get("dataset"), list):
        return False
    says = f"{payload.get('conformsTo')} {payload.get('@context')}"
    return "project-open-data" in says or "@context" not in payload


def _us_facts(payload: Mapping[str, Any]) -> Facts:
    """Facts of a ``data.json`` (DCAT-US 1.1).

    Raises:
        FileRefused: a dataset is no object.
    """
    records = payload["dataset"]
    if not all(isinstance(record, dict) for record in records):
        raise FileRefused("broken_json", "a dataset of data.json is no object")
    datasets = [_us_dataset(record) for record in records]
    publishers = [_us_agent(record.get("publisher")) for record in records]
    publishers += [_us_agent(one) for one in _us_list(payload.get("publisher"))]
    return {
        "datasets": datasets,
        "publishers": [facts for facts in publishers if facts["publisher_id"]],
        "named": [],
        "total": payload.get("total"),
        "next": "",
    }


def _us_dataset(record: Mapping[str, Any]) -> Facts:
    agent = _us_agent(record.get("publisher"))
    licence = _us_text(record.get("license"))
    is_address = licence.startswith(("http://", "https://"))
    page = _us_text(record.get("landingPage"))
    files = [one for one in _us_list(record.get("distribution")) if isinstance(one, dict)]
    return {
        "dataset_id": record.get("identifier") or record.get("@id") or page,
        "address": record.get("@id"),
        "name": _last_step(page),
        "title": record.get("title"),
        "description": record.get("description"),
        "page_url": page,
        "publisher_id": agent["publisher_id"],
        "publisher_name": agent["title"],
        "licence_url": licence if is_address else "",
        "licence_title": "" if is_address else licence,
        "contacts": list(_us_leaves(record.get("contactPoint"), 0)),
        "frequency_text": record.get("accrualPeriodicity"),
        "created_at": record.get("issued"),
        "modified_at": record.get("modified"),
        "tags": _us_list(record.get("keyword")),
        "dictionary": record.get("describedBy"),
        "state": _us_state(record),
        "stated_resource_count": len(files),
        "resources": [
            {
                "resource_id": one.get("identifier") or one.get("@id"),
                "name": one.get("title"),
                "description": one.get("description"),
                "format_text": one.get("format"),
                "media_type": one.get("mediaType"),
                "url": one.get("downloadURL") or one.get("accessURL"),
                "size_bytes": one.get("byteSize"),
                "created_at": one.get("issued"),
                "modified_at": one.get("modified"),
                "dictionary": one.get("describedBy"),
            }
            for one in files
        ],
    }


def _us_state(record: Mapping[str, Any]) -> str:
    if type(record) is _Twice:
        return "unreadable"
    return "private" if record.get("accessLevel") == "non-public" else "active"


def _us_agent(given: object) -> Facts:
    agent = given if isinstance(given, dict) else {"name": given}
    name = _us_text(agent.get("name"))
    identifier = _us_text(agent.get("identifier") or agent.get("@id"))
    return {"publisher_id": identifier or name, "name": "", "title": name}


def _us_leaves(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value.removeprefix("mailto:").removeprefix("tel:")
    elif isinstance(value, dict | list) and depth < 3:
        items = value.items() if isinstance(value, dict) else ((None, one) for one in value)
        for key, one in items:
            if key != "@type":
                yield from _us_leaves(one, depth + 1)


def _us_list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _us_text(value: object) -> str:
    return value if isinstance(value, str) else ""
