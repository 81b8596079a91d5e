"""The page by which people find the open data: one HTML file with the looks of the status site.

Escaped throughout, with a content security policy that names the hashes of its own script and
style sheet; it asks nobody for anything and has the same bytes for the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards import formatting, wording
from dashboards.open_data import package
from dashboards.open_data.marts import Standing
from dashboards.open_data.settings import Publication
from dashboards.open_data.tables import WrittenTable
from dashboards.site.page import both, compact, csp_hash, site_source
from dashboards.wording import Words

NOTES = (
    "note_open",
    "note_formula",
    "note_state",
    "note_rate",
    "note_basis",
    "note_quality",
)
_KIB = 1024


def render(
    publication: Publication,
    standing: Standing,
    version: str,
    tables: Sequence[WrittenTable],
    versions: Sequence[str],
) -> str:
    """Render the page.

    Args:
        publication: how the dataset is described.
        standing: what the data are.
        version: whose files the page offers.
        tables: of that version, in reading order.
        versions: all that were published, oldest first.
    """
    environment = Environment(
        loader=PackageLoader("dashboards.open_data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (compact(site_source(name)) for name in ("page.css", "page.js"))
    environment.globals.update(
        t=lambda key: both(_words()[key]),
        said=lambda key: both(wording.label("page", key)),
        words=lambda key: wording.label("page", key),
        both=both,
        size=size,
        field_type=package.table_schema_type,
        notes=NOTES,
    )
    environment.filters.update(number=formatting.number, day=formatting.day)
    shown = environment.get_template("index.html.j2").render(
        publication=publication,
        standing=standing,
        title=package.title(publication, standing),
        version=version,
        folder=f"{publication.dataset_id}/{version}",
        tables=tables,
        descriptor=package.DESCRIPTOR,
        versions=list(reversed(versions)),
        style=Markup(style),  # noqa: S704  # the site's own file
        script=Markup(script),  # noqa: S704  # the site's own file
        style_hash=csp_hash(style),
        script_hash=csp_hash(script),
    )
    return compact(shown) + "\n"


def size(byte_count: int) -> str:
    """A file size as people say it."""
    if byte_count < _KIB * _KIB:
        return f"{formatting.number(max(1, round(byte_count / _KIB)))} KB"
    return f"{formatting.number(round(byte_count / _KIB / _KIB))} MB"


@cache
def _words() -> dict[str, Words]:
    document = yaml.safe_load(
        files("dashboards.open_data").joinpath("words.yml").read_text("utf-8")
    )
    return {key: Words(**words) for key, words in document.items()}
