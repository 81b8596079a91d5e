"""Documents from three doors into raw: new, replaced, unchanged, late, removed; run twice."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from sandbox.budget.site.legacy import to_cp1258
from tests.fixtures.budget.sites import PAGE, PORTAL, Reply, record, row
from tests.fixtures.budget.station import DAY, Station

TODAY, YESTERDAY, DAY_BEFORE = "15/06/2026", "14/06/2026", "13/06/2026"
BOOK = b'{"Thu": "13395324", "Chi": "13734324.5"}'


def fill(station: Station) -> None:
    """A record and a row of each of three days, and one record of 2023."""
    days = (TODAY, YESTERDAY, DAY_BEFORE)
    station.sites.records = [record(n, day) for n, day in enumerate(days, 1)]
    station.sites.records.append(record(9, "20/12/2023", 2022))
    station.sites.rows = [row(n, day) for n, day in enumerate(days, 11)]
    for n in (1, 2, 3, 9):
        station.sites.files[f"/tep/{n}.xlsx"] = BOOK + b" " * n
    for n in (11, 12, 13):
        station.sites.files[f"{PAGE}/tep/{n}.xlsx"] = BOOK + b" " * n


def test_a_window_holds_what_was_published_in_it_with_its_files(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count, summary.rejected_count) == ("accepted", 2, 0)
    columns = (
        "door, publisher_name, form_text, budget_year, published_on, file_bytes, file_kind, "
        "file_problem_code, is_current"
    )
    assert sorted(row[1:] for row in station.documents(columns)) == [
        ("ckns", "Sơn La", "Biểu số 62/CK-NSNN", 2026, DAY, len(BOOK) + 1, "csv", None, True),
        ("web", "UBND xã Mường Bú", "Biểu 116", 2026, DAY, len(BOOK) + 11, "csv", None, True),
    ]
    # Kept unchanged, below the name of its hash, and in the manifest.
    names = {path.name: path.read_bytes() for path in station.kept()}
    assert {hashlib.sha256(content).hexdigest() for content in names.values()} == set(names)
    assert station.rows(
        "select count(*) from ops.manifest where landing_path like '%/files/%' and row_count = 0"
    ) == [(2,)]
    assert station.rows("select outcome, due_on::text from ops.ledger") == [
        ("accepted", "2026-06-16")
    ]


def test_one_listing_serves_all_windows_of_a_run(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.sites.rows_a_page = 2
    station.ingest(DAY - timedelta(days=2), DAY)
    assert [day for day, *_ in station.documents()] == [
        *["2026-06-13"] * 2,
        *["2026-06-14"] * 2,
        *["2026-06-15"] * 2,
    ]
    assert len(station.sites.asked_for(PORTAL)) == 5  # budget years 2023 to 2027
    assert len(station.sites.asked_for(PAGE)) == 2


def test_the_baseline_has_windows_of_months(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    summaries = station.ingest(date(2023, 11, 1), date(2024, 1, 31))
    assert [item.period for item in summaries] == ["2023-11", "2023-12", "2024-01"]
    assert station.documents("file_name, budget_year") == [("2023-12", "B62 9.xlsx", 2022)]


def test_twice_and_in_any_order_gives_equal_rows(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    first = DAY - timedelta(days=2)
    for resource in ("documents", "readings"):
        station.ingest(first, DAY, resource)
    calm = station.content()
    seen = station.rows(
        "select version_key, first_seen_at from raw.budget_publications__documents order by 1"
    )
    for day in (2, 0, 1, 2):
        for resource in ("documents", "readings"):
            station.ingest(first + timedelta(days=day), resource=resource)
    assert station.content() == calm
    assert seen == station.rows(
        "select version_key, first_seen_at from raw.budget_publications__documents order by 1"
    )


def test_an_unchanged_file_is_not_fetched_again(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.ingest()
    station.ingest()
    (again,) = station.sites.asked_for("/tep/1.xlsx")[1:]
    assert again.headers["If-None-Match"]
    fetched = "select details::json ->> 'fetched' from ops.outcome where step = 'fetch' order by 1"
    assert station.rows(fetched) == [("0",), ("2",)]


@pytest.mark.parametrize("etags", [True, False])
def test_a_replaced_file_keeps_both_versions(budget_station: Station, etags: bool) -> None:
    station = budget_station
    fill(station)
    station.sites.gives_etags = etags
    station.ingest()
    old, new = station.sites.files["/tep/1.xlsx"], b'{"Thu": "1"}'
    station.sites.files["/tep/1.xlsx"] = new
    station.ingest()
    versions = [
        tuple(found)
        for _, *found in station.documents("file_name, file_sha256, is_current")
        if found[0] == "B62 1.xlsx"
    ]
    assert set(versions) == {
        ("B62 1.xlsx", hashlib.sha256(old).hexdigest(), False),
        ("B62 1.xlsx", hashlib.sha256(new).hexdigest(), True),
    }
    # The old file comes back: it is the current one again, first seen when it was.
    station.sites.files["/tep/1.xlsx"] = old
    station.ingest()
    assert station.rows(
        "select file_sha256, is_current from raw.budget_publications__documents "
        "where file_name = 'B62 1.xlsx' and is_current"
    ) == [(hashlib.sha256(old).hexdigest(), True)]


def test_a_removed_document_stays_as_a_former_one(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.ingest()
    station.sites.records = station.sites.records[1:]
    station.ingest()
    assert station.documents() == [
        ("2026-06-15", "B116 11.xlsx", True),
        ("2026-06-15", "B62 1.xlsx", False),
    ]


def test_a_daily_run_notices_what_changed_in_loaded_windows(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.ingest(DAY - timedelta(days=2), DAY - timedelta(days=1))
    assert station.changed() == []
    station.sites.files["/tep/2.xlsx"] = b'{"Thu": "2"}'  # replaced where it was
    station.sites.records.append(record(4, DAY_BEFORE))  # put there late
    station.sites.files["/tep/4.xlsx"] = BOOK
    station.sites.records.append(record(5, "01/06/2026"))  # of a window that was never loaded
    assert station.changed() == ["2026-06-13", "2026-06-14"]
    station.reload(["2026-06-13", "2026-06-14"])
    assert station.changed() == []
    assert ("2026-06-13", "B62 4.xlsx", True) in station.documents()
    assert ("2026-06-14", "B62 2.xlsx", False) in station.documents()
    # A removed one and a corrected day are noticed too.
    station.sites.rows = [row(12, "13/06/2026"), *station.sites.rows[2:]]
    assert station.changed() == ["2026-06-13", "2026-06-14"]


def test_days_and_years_are_read_as_declared_or_not_at_all(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.sites.rows = [
        row(11, "ngày 15 tháng 06 năm 2026", approved="5-6-2026"),
        row(12, "hôm nay", approved=TODAY),
        row(13, "15/06/2062", approved=TODAY),
        row(14, "", period="6 tháng"),
    ]
    station.sites.records = [record(1, "", PublishDateText="31/02/2026", ApprovedDateText="")]
    station.ingest()
    found = station.rows(
        "select file_name, approved_on::text, published_on::text, published_text "
        "from raw.budget_publications__documents order by 1"
    )
    assert found == [
        ("B116 11.xlsx", "2026-06-05", "2026-06-15", "ngày 15 tháng 06 năm 2026"),
        ("B116 12.xlsx", "2026-06-15", None, "hôm nay"),
        ("B116 13.xlsx", "2026-06-15", None, "15/06/2062"),
    ]
    # Neither day nor year: in no window, and counted.
    assert station.rows(
        "select details::json ->> 'unplaced' from ops.outcome where step = 'fetch'"
    ) == [("1",)]
    # No day, but a budget year: its first day decides.
    station.ingest(date(2026, 1, 1))
    assert ("2026-01-01", "B62 1.xlsx", True) in station.documents()


def test_a_document_listed_twice_is_there_once_and_two_on_one_file_are_two(
    budget_station: Station,
) -> None:
    station = budget_station
    fill(station)
    station.sites.records = [
        record(1, TODAY),
        record(1, TODAY),
        record(1, TODAY, ReportFileName="Biểu số 63/CK-NSNN"),
    ]
    station.sites.rows = []
    for _ in range(2):
        station.ingest()
        assert sorted(form for _, form in station.documents("form_text")) == [
            "Biểu số 62/CK-NSNN",
            "Biểu số 63/CK-NSNN",
        ]
        station.sites.records.reverse()
    assert station.rows(
        "select count(distinct version_key) from raw.budget_publications__documents"
    ) == [(2,)]


def test_records_of_other_provinces_are_left_out(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.sites.records = [record(1, TODAY), record(2, TODAY, Deparment_Name="Điện Biên")]
    station.ingest()
    assert [name for _, name, _ in station.documents()] == ["B116 11.xlsx", "B62 1.xlsx"]


def test_files_dropped_by_hand_are_taken_with_their_notes(budget_station: Station) -> None:
    station = budget_station
    path = station.drop(
        "2026-06-15", "b62.xlsx", BOOK, form="B62", published_on="14/06/2026", approved_on="x"
    )
    (summary,) = station.ingest(manual=True)
    assert station.sites.calls == []
    assert (summary.state, summary.row_count) == ("accepted", 1)
    columns = "door, publisher_name, form_text, published_on::text, approved_on, approved_text"
    assert station.documents(columns) == [
        ("2026-06-15", "manual", "Sở Y tế", "B62", "2026-06-14", None, "x")
    ]
    assert station.rows("select origin, source_url from ops.manifest where row_count = 0") == [
        ("manual", "manual:b62.xlsx")
    ]
    # Taken away once it is loaded, it stays; another one of its name makes it a former version.
    path.unlink()
    path.with_name("b62.xlsx.yml").unlink()
    station.ingest()
    assert station.documents() == [("2026-06-15", "b62.xlsx", True)]
    station.drop("2026-06-15", "b62.xlsx", b'{"Thu": "2"}')
    station.ingest(manual=True)
    assert sorted(current for *_, current in station.documents()) == [False, True]


def test_a_file_dropped_later_under_the_same_address_replaces_the_earlier(
    budget_station: Station,
) -> None:
    station = budget_station
    station.drop("2026-06-14", "cu.xlsx", BOOK, address="ho-so/17")
    station.drop("2026-06-15", "moi.xlsx", b'{"Thu": "2"}', address="ho-so/17")
    for day in (DAY, DAY - timedelta(days=1)):
        station.ingest(day, manual=True)
    assert station.documents() == [
        ("2026-06-14", "cu.xlsx", False),
        ("2026-06-15", "moi.xlsx", True),
    ]
    assert station.rows(
        "select count(distinct document_key) from raw.budget_publications__documents"
    ) == [(1,)]


def test_a_page_in_another_encoding_than_it_says_is_understood_by_its_bytes(
    budget_station: Station,
) -> None:
    station = budget_station
    station.sites.rows = [row(11, "ngày 15 tháng 06 năm 2026")]
    station.sites.files[f"{PAGE}/tep/11.xlsx"] = BOOK
    text = station.sites.page_reply(1).body.decode()
    legacy = to_cp1258(text)
    station.sites.behaviour = lambda call: (
        Reply(body=legacy, content_type="text/html; charset=utf-8") if call.path == PAGE else None
    )
    station.ingest()
    assert station.documents("publisher_name, published_on") == [
        ("2026-06-15", "UBND xã Mường Bú", DAY)
    ]
    station.sites.behaviour = lambda call: (
        Reply(body=text.encode()[:-60] + b"\xff\xfe\xc3", content_type="text/html")
        if call.path == PAGE
        else None
    )
    (summary,) = station.ingest()
    assert "cannot be decoded" in summary.message


def test_asking_nobody_leaves_what_the_sites_offered(budget_station: Station) -> None:
    station = budget_station
    fill(station)
    station.ingest()
    station.drop("2026-06-15", "tay.xlsx", BOOK)
    station.ingest(manual=True)
    assert [(name, current) for _, name, current in station.documents()] == [
        ("B116 11.xlsx", True),
        ("B62 1.xlsx", True),
        ("tay.xlsx", True),
    ]


def test_nothing_dropped_and_nobody_asked_is_missing(budget_station: Station) -> None:
    (summary,) = budget_station.ingest(manual=True)
    assert (summary.state, summary.exit_code) == ("missing", 4)


def test_a_dropped_file_that_is_unclear_refuses_its_window(budget_station: Station) -> None:
    station = budget_station
    folder = station.drop("2026-06-15", "a.xlsx", BOOK).parent
    note = folder / "a.xlsx.yml"
    told = note.read_text(encoding="utf-8")
    for content, words in (
        ("publisher: [", "no plain YAML"),
        ("a: &a [1]\nb: *a\npublisher: x", "no plain YAML"),
        ("!!python/object/apply:os.system ['true']", "no plain YAML"),
        ("title: x", "names no publisher"),
    ):
        note.write_text(content, encoding="utf-8")
        (summary,) = station.ingest(manual=True)
        assert words in summary.message
        assert (summary.exit_code, summary.row_count) == (4, 0)
    note.unlink()
    assert "there is no note" in station.ingest(manual=True)[0].message
    note.write_text(told, encoding="utf-8")
    (folder / "a.xlsx").unlink()
    assert "without its file" in station.ingest(manual=True)[0].message
    (folder / "a.xlsx").symlink_to("/etc/hostname")
    assert "no plain file" in station.ingest(manual=True)[0].message
    (folder / "a.xlsx").unlink()
    (folder / "a.xlsx").write_bytes(b"")
    assert "is empty" in station.ingest(manual=True)[0].message
