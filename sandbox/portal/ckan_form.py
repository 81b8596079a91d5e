"""Datasets, resources and organisations in the shape of CKAN's Action API."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import quote

from sandbox.portal.model import Dataset, Publisher, Resource, State, identity
from sandbox.portal.settings import Licence

Json = dict[str, Any]
_CREATOR: Final = identity("user", "quan-tri")


def package(state: State, dataset: Dataset, site: str) -> Json:
    """Return a dataset as ``package_show`` gives it.

    Args:
        state: the portal.
        dataset: which.
        site: ``http://host:port`` as the reader called it.
    """
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    extras = [{"key": "language", "value": "vi"}]
    if dataset.frequency_text:
        extras.append({"key": "frequency", "value": dataset.frequency_text})
    found: Json = {
        "author": dataset.author or None,
        "author_email": dataset.author_email or None,
        "creator_user_id": _CREATOR,
        "id": dataset.dataset_id,
        "isopen": dataset.is_open,
        "license_id": dataset.licence_id or None,
        "license_title": dataset.licence_title or None,
        "maintainer": dataset.maintainer or None,
        "maintainer_email": dataset.maintainer_email or None,
        "metadata_created": moment(dataset.created_at),
        "metadata_modified": moment(dataset.modified_at),
        "name": dataset.name,
        "notes": dataset.description,
        "num_resources": len(dataset.resources),
        "num_tags": len(dataset.tags),
        "organization": _short_organization(publisher) if publisher else None,
        "owner_org": dataset.publisher_id or None,
        "private": dataset.state == "private",
        "state": "deleted" if dataset.state == "deleted" else "active",
        "title": dataset.title,
        "type": "dataset",
        "url": None,
        "version": None,
        "extras": extras,
        "groups": [],
        "resources": [resource_of(dataset, resource, site) for resource in dataset.resources],
        "tags": [
            {
                "display_name": tag,
                "id": identity("tag", tag),
                "name": tag,
                "state": "active",
                "vocabulary_id": None,
            }
            for tag in dataset.tags
        ],
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }
    if dataset.licence_url:  # CKAN leaves the key out where the licence has no address
        found["license_url"] = dataset.licence_url
    return found


def resource_of(dataset: Dataset, resource: Resource, site: str) -> Json:
    """Return a resource as it stands in a dataset."""
    modified = resource.modified_at
    return {
        "cache_last_updated": None,
        "cache_url": None,
        "created": moment(resource.created_at),
        "datastore_active": resource.has_datastore,
        "description": resource.description,
        "format": resource.format_text,
        "hash": "",
        "id": resource.resource_id,
        "last_modified": moment(modified) if modified else None,
        "metadata_modified": moment(modified or resource.created_at),
        "mimetype": resource.media_type or None,
        "mimetype_inner": None,
        "name": resource.name,
        "package_id": dataset.dataset_id,
        "position": resource.position,
        "resource_type": None,
        "size": None,
        "state": "active",
        "url": address(resource, site),
        "url_type": "upload" if resource.path else None,
    }


def address(resource: Resource, site: str) -> str:
    """Return where a resource is to be had, as published."""
    return site + quote(resource.path) if resource.path else resource.link


def organization(publisher: Publisher, count: int) -> Json:
    """Return an organisation as lists with all fields give it.

    Args:
        publisher: which.
        count: of its public datasets.
    """
    return {
        "approval_status": "approved",
        "created": moment(publisher.created_at),
        "description": "",
        "display_name": publisher.title,
        "id": publisher.publisher_id,
        "image_display_url": "",
        "image_url": "",
        "is_organization": True,
        "name": publisher.name,
        "num_followers": 0,
        "package_count": count,
        "state": "active",
        "title": publisher.title,
        "type": "organization",
    }


def _short_organization(publisher: Publisher) -> Json:
    return {
        "id": publisher.publisher_id,
        "name": publisher.name,
        "title": publisher.title,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": moment(publisher.created_at),
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def licence(entry: Licence) -> Json:
    """Return a licence of the portal's list."""
    return {
        "domain_content": entry.is_open,
        "domain_data": entry.is_open,
        "domain_software": False,
        "family": "",
        "id": entry.id,
        "is_generic": False,
        "is_okd_compliant": entry.is_open,
        "is_osi_compliant": False,
        "maintainer": "",
        "od_conformance": "approved" if entry.is_open else "not reviewed",
        "osd_conformance": "not reviewed",
        "status": "active",
        "title": entry.title,
        "url": entry.url,
    }


def moment(at: dt.datetime) -> str:
    """Write a moment as CKAN does: UTC without saying so, microseconds."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
