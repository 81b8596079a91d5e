"""The portal as web pages, for readers that know no interface."""

from __future__ import annotations

import html
from collections import Counter
from typing import Final

from sandbox.portal.ckan_form import address
from sandbox.portal.model import Dataset, Resource, State
from sandbox.portal.settings import settings

START: Final = "/du-lieu"
PAGE_ROWS: Final = 40


def page_count(state: State) -> int:
    """Return how many pages the list of datasets takes, at least one."""
    return max(1, -(-len(state.public) // PAGE_ROWS))


def listing(state: State, number: int) -> str:
    """Return a page of the list of datasets.

    Args:
        state: the portal.
        number: of the page, from 1.
    """
    datasets = sorted(state.public, key=lambda dataset: dataset.name)
    first = (number - 1) * PAGE_ROWS
    rows = "".join(
        f"<li><a class='bo-du-lieu' href='{START}/{dataset.name}'>{_text(dataset.title)}</a></li>\n"
        for dataset in datasets[first : first + PAGE_ROWS]
    )
    last = page_count(state)
    following = f"<a rel='next' href='?trang={number + 1}'>Trang sau »</a>" if number < last else ""
    before = f"<a rel='prev' href='?trang={number - 1}'>« Trang trước</a>" if number > 1 else ""
    return _page(
        "Dữ liệu mở",
        f"<h1>Dữ liệu mở</h1>\n<p>Trang {number}/{last}</p>\n"
        f"<ul id='danh-sach-du-lieu' data-count='{len(datasets)}'>\n{rows}</ul>\n"
        f"<p class='trang'>{before} {following}</p>",
    )


def dataset_page(state: State, dataset: Dataset, site: str) -> str:
    """Return the page of a dataset.

    Args:
        state: the portal.
        dataset: which.
        site: ``http://host:port`` as the reader called it.
    """
    publisher = state.publisher_by_id.get(dataset.publisher_id)
    parts = [
        f"<article class='bo-du-lieu' data-id='{dataset.dataset_id}' data-name='{dataset.name}'>",
        f"<h1>{_text(dataset.title)}</h1>",
        f"<p class='mo-ta'>{_text(dataset.description)}</p>",
    ]
    if publisher:
        parts.append(
            f"<p>Cơ quan: <span class='co-quan' data-id='{publisher.publisher_id}'>"
            f"{_text(publisher.title)}</span></p>"
        )
    if dataset.licence_url:
        name = _text(dataset.licence_title or dataset.licence_url)
        parts.append(
            f"<p>Giấy phép: <a class='giay-phep' data-id='{_text(dataset.licence_id)}' "
            f"href='{_text(dataset.licence_url)}'>{name}</a></p>"
        )
    elif dataset.licence_title:
        parts.append(
            f"<p>Giấy phép: <span class='giay-phep' data-id='{_text(dataset.licence_id)}'>"
            f"{_text(dataset.licence_title)}</span></p>"
        )
    contacts = (
        dataset.author,
        dataset.author_email,
        dataset.maintainer,
        dataset.maintainer_email,
    )
    parts += [f"<p class='lien-he'>{_text(contact)}</p>" for contact in contacts if contact]
    if dataset.frequency_text:
        parts.append(
            f"<p>Cập nhật: <span class='tan-suat'>{_text(dataset.frequency_text)}</span></p>"
        )
    created, modified = dataset.created_at.isoformat(), dataset.modified_at.isoformat()
    parts.append(f"<p>Công bố <time class='ngay-tao' datetime='{created}'>{created[:10]}</time>")
    parts.append(
        f"cập nhật <time class='ngay-cap-nhat' datetime='{modified}'>{modified[:10]}</time></p>"
    )
    parts += [f"<span class='the'>{_text(tag)}</span>" for tag in dataset.tags]
    parts.append("<ul>")
    parts += [_resource(resource, site) for resource in dataset.resources]
    parts.append("</ul></article>")
    return _page(dataset.title, "\n".join(parts))


def _resource(resource: Resource, site: str) -> str:
    modified = ""
    if resource.modified_at:
        at = resource.modified_at.isoformat()
        modified = f"<time class='sua' datetime='{at}'>{at[:10]}</time>"
    created = resource.created_at.isoformat()
    url = address(resource, site)
    link = f"<a href='{_text(url)}' type='{resource.media_type}'>Tải về</a>" if url else ""
    return (
        f"<li class='tai-nguyen' data-id='{resource.resource_id}' data-size='' data-hash='' "
        f"data-datastore='{str(resource.has_datastore).lower()}'>"
        f"<b class='ten'>{_text(resource.name)}</b> "
        f"<span class='dinh-dang'>{_text(resource.format_text)}</span> "
        f"<span class='mo-ta-tep'>{_text(resource.description)}</span> {link} "
        f"<time class='tao' datetime='{created}'>{created[:10]}</time> {modified}</li>"
    )


def publishers_page(state: State) -> str:
    """Return the page of all organisations."""
    counts = Counter(dataset.publisher_id for dataset in state.public)
    rows = "".join(
        f"<li class='co-quan-cong-bo' data-id='{publisher.publisher_id}' "
        f"data-name='{publisher.name}' data-count='{counts[publisher.publisher_id]}'>"
        f"<a href='{START}?co-quan={publisher.name}'>{_text(publisher.title)}</a></li>\n"
        for publisher in state.publishers
    )
    return _page("Cơ quan công bố", f"<h1>Cơ quan công bố</h1>\n<ul>\n{rows}</ul>")


def _page(title: str, body: str) -> str:
    return (
        "<!DOCTYPE html>\n<html lang='vi'><head><meta charset='utf-8'>"
        f"<title>{_text(title)} - {_text(settings().site['title'])}</title></head><body>\n"
        "<p><b>DỮ LIỆU MÔ PHỎNG / SYNTHETIC DATA</b></p>\n"
        f"<ul class='menu'><li><a href='{START}'>Dữ liệu</a></li>"
        f"<li><a href='{START}/co-quan'>Cơ quan</a></li></ul>\n{body}\n</body></html>\n"
    )


def _text(text: str) -> str:
    return html.escape(text, quote=True)
