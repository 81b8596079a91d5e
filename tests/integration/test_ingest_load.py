"""From a good source into raw: replace, order, rejects, lineage, privacy, the manual door."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.core import load
from ingestion.core.errors import DataRefused, IngestionError, SourceUnavailable
from ingestion.core.run import require_accepted
from tests.fixtures.tthc.server import Reply, dossier, dossiers
from tests.fixtures.tthc.station import DAY, Station

FIXTURES = Path(__file__).parents[1] / "fixtures" / "tthc"
DAYS = [date(2026, 11, day) for day in (19, 20, 21)]


def three_days() -> list[dict[str, object]]:
    return [
        record
        for day in DAYS
        for record in [
            *dossiers(120, day.strftime("%Y%m%d")),
            dossier(900, day.strftime("%Y%m%d"), NgayTra="31/02/2027"),
        ]
    ]


def drop(station: Station, name: str, content: object, day: str = "2026-11-20") -> Path:
    folder = station.landing / "manual" / "tthc" / day
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_one_day_end_to_end(station: Station) -> None:
    station.system.records["dossiers"] = [*dossiers(150), dossier(151, NgayTra="hôm nay")]
    station.system.headers = {"X-Data-Origin": "synthetic"}
    (summary,) = station.ingest()
    assert (summary.row_count, summary.rejected_count, summary.is_synthetic) == (150, 1, True)
    json.dumps(summary.as_dict())

    assert station.count("raw.tthc__supplements") == 30
    assert station.rows(
        "select record_id, field, reason_code, _row_number, record not like '%hôm nay%' "
        "from raw.tthc__dossiers__rejected"
    ) == [("H52.03646-261120-00151", "NgayTra", "unreadable_date", 151, True)]
    assert station.rows(
        "select source, resource, period, row_count, rejected_count, is_synthetic, "
        "extract_id::text, load_id from ops.load"
    ) == [("tthc", "dossiers", "2026-11-20", 150, 1, True, summary.extract_id, summary.load_id)]
    assert station.rows(
        "select count(*), sum(row_count), bool_and(is_synthetic), min(origin) from ops.manifest"
    ) == [(2, 151, True, "api")]
    assert station.rows("select outcome, row_count, due_on::text from ops.ledger") == [
        ("accepted", 150, "2026-11-21")
    ]
    assert station.outcomes() == [(step, "ok", None) for step in ("fetch", "land", "load", "parse")]
    names = {path.name.split(".")[0] for path in station.landed()}
    assert names == {sha for (sha,) in station.rows("select sha256 from ops.manifest")}


def test_lineage_ties_every_row_to_its_load(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(150)
    station.ingest()
    assert station.rows("""
        select count(*), min(d._row_number), max(d._row_number), bool_and(d._source = 'tthc')
        from raw.tthc__dossiers as d
        inner join ops.load as l on d._load_id = l.load_id and d._extract_id = l.extract_id
        where d._resource = 'dossiers' and d._period = l.period
    """) == [(150, 1, 150, True)]


def test_any_order_and_any_repetition_gives_the_same_content(station: Station) -> None:
    station.system.records["dossiers"] = three_days()
    station.ingest(DAYS[0], DAYS[-1])
    calm = station.content()
    for day in (DAYS[2], DAYS[0], DAYS[1], DAYS[1], DAYS[2]):
        (summary,) = station.ingest(day)
        assert summary.row_count == 120
    assert station.content() == calm
    files = len(station.landed())
    station.ingest(DAYS[0], DAYS[-1])
    assert len(station.landed()) == files  # the same content is the same file


def test_a_day_is_replaced_as_a_whole(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(150)
    station.ingest()
    station.system.records["dossiers"] = dossiers(7, first=500)
    station.ingest()
    assert station.count() == 7
    assert station.rows(
        "select distinct ho_so_bo_sung_id from raw.tthc__supplements order by 1"
    ) == [
        ("bs-500",),
        ("bs-505",),
    ]


def test_the_window_reaches_back_by_the_overlap(station: Station) -> None:
    station.ingest()
    (call,) = station.system.pages_of("dossiers")
    assert call.query["updated_from"] == "2026-11-19T18:00:00+07:00"
    assert call.query["updated_to"] == "2026-11-21T00:00:00+07:00"


def test_an_empty_day_is_accepted_with_no_rows_and_has_a_manifest(station: Station) -> None:
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count) == ("accepted", 0)
    assert station.rows("select row_count from ops.manifest") == [(0,)]


def test_procedures_and_ratings(station: Station) -> None:
    station.system.records["procedures"] = [
        {"MATTHC": f"1.004{n:03d}", "TENTTHC": "Cấp đất", "THOIGIANGIAIQUYET": "12.5"}
        for n in range(130)
    ]
    station.system.records["ratings"] = [
        {
            "MaDanhGia": "d1",
            "MaHoSo": "H52.1",
            "MucDoHaiLong": "5",
            "NgayCapNhat": "20261120090000",
        },
        {"MaDanhGia": "", "MucDoHaiLong": "5", "NgayCapNhat": "20261120090000"},
    ]
    assert station.ingest(resource="procedures")[0].row_count == 130
    assert station.ingest(resource="ratings")[0].reasons == {"missing_key": 1}
    assert station.system.pages_of("procedures")[0].query["as_of"] == "2026-11-20"
    assert station.rows("select distinct thoi_gian_giai_quyet::text from raw.tthc__procedures") == [
        ("12.5",)
    ]


def test_no_personal_value_reaches_landing_or_database(station: Station) -> None:
    people = dossiers(40)
    people[3]["DonViXuLy"] = "Xã Mường Bú, gặp 0912600003"
    people[4]["MaLinhVuc"] = "014099000005"
    people[5]["NgayTra"] = "014099000006"
    people[6]["MaHoSo"] = {"ten": "Lò Văn Kín 7"}
    people[7]["DanhSachLePhi"] = [{"Gia": "Lò Văn Kín 8"}]
    station.system.records["dossiers"] = people
    (summary,) = station.ingest()
    assert summary.masked_count == 4
    assert summary.rejected_count == 3

    stored = b"".join(gzip.decompress(path.read_bytes()) for path in station.landed())
    stored += "".join(
        str(station.rows(f"select * from {schema}.{table}"))
        for schema, table in station.rows(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in ('raw', 'ops')"
        )
    ).encode()
    assert b"H52.03646-261120-00001" in stored
    for forbidden in ("Kín", "014099", "09126", "thu.example", "kho.example", "Quàng"):
        assert forbidden.encode() not in stored


def test_two_runs_of_the_same_day_at_once(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(300)
    station.ingest()
    calm = station.content()
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(station.ingest()[0].state)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["accepted"] * 3
    assert station.content() == calm
    assert station.rows("select count(distinct _load_id) from raw.tthc__dossiers") == [(1,)]


def test_a_file_changed_in_landing_is_refused_and_nothing_is_loaded(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station.system.records["dossiers"] = dossiers(150)
    station.ingest()
    before = station.content()
    real = load.load_extracts

    def damage_first(*given: Any) -> list[load.Loaded]:
        path = station.landing / given[2][0][1].files[1].file.path
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        return real(*given)

    monkeypatch.setattr("ingestion.core.run.load_extracts", damage_first)
    (summary,) = station.ingest()
    assert (summary.state, summary.cause, summary.exit_code) == ("failed", "ours", 1)
    assert "changed after landing" in summary.message
    assert station.outcomes()[-1] == ("parse", "failed", "ours")
    assert station.content() == before


def test_a_full_disk_is_told_and_leaves_nothing(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station.system.records["dossiers"] = dossiers(250)
    real = Path.open

    def full(self: Path, mode: str = "r", *args: object) -> object:
        if mode == "xb" and self.name == "000002":
            raise OSError(28, "No space left on device")
        return real(self, mode, *args)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    (summary,) = station.ingest()
    assert (summary.cause, summary.exit_code) == ("ours", 1)
    assert "No space left on device" in summary.message
    assert station.landed() == []
    assert station.count() == 0


def test_a_passing_database_failure_is_tried_again(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station.system.records["dossiers"] = dossiers(50)
    real = load._execute
    failures = iter([True])

    def lose_connection(cursor: Any, statement: str, parameters: dict[str, Any]) -> None:
        if "insert into ops.load" in statement and next(failures, False):
            station.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database() "
                "and state like 'idle in transaction%'"
            )
        real(cursor, statement, parameters)

    monkeypatch.setattr(load, "_execute", lose_connection)
    monkeypatch.setattr(load.time, "sleep", lambda _: None)
    (summary,) = station.ingest()
    assert (summary.state, summary.row_count, station.count()) == ("accepted", 50, 50)
    assert next(failures, None) is None


def test_a_dry_run_touches_neither_landing_nor_warehouse(station: Station) -> None:
    station.system.records["dossiers"] = [*dossiers(150), dossier(7, MaHoSo="")]
    (summary,) = station.ingest(dry_run=True)
    assert (summary.row_count, summary.reasons) == (150, {"missing_key": 1})
    assert station.landed() == []
    assert station.count("ops.outcome") == station.count() == 0


def test_require_accepted_raises_by_cause(station: Station) -> None:
    require_accepted(station.ingest())
    station.system.behaviour = lambda call, system: Reply(body=b"[]")
    with pytest.raises(DataRefused, match="2026-11-20"):
        require_accepted(station.ingest())
    station.system.behaviour = lambda call, system: Reply(404)
    with pytest.raises(SourceUnavailable):
        require_accepted(station.ingest())
    assert not issubclass(SourceUnavailable, DataRefused)
    assert issubclass(DataRefused, IngestionError)


def test_dropped_files_of_both_forms_are_loaded_alone(station: Station) -> None:
    folder = station.landing / "manual" / "tthc" / "2026-11-20"
    folder.mkdir(parents=True)
    for name in ("envelope.json", "dossiers_bare_list.json"):
        shutil.copy(FIXTURES / name, folder / name)
    (summary,) = station.ingest(manual=True)
    assert station.system.calls == []
    assert (summary.state, summary.row_count) == ("accepted", 9)
    assert summary.reasons == {"missing_key": 1, "unreadable_date": 1, "wrong_type": 1}
    assert station.rows("select distinct origin from ops.manifest") == [("manual",)]
    assert station.rows(
        "select _date_formats, count(*) from raw.tthc__dossiers group by 1 order by 1"
    ) == [("compact", 6), ("compact+iso", 1), ("compact+iso+spaced", 1), ("spaced", 1)]
    assert station.rows(
        "select trang_thai_ho_so, giay_to_class, trich_yeu_class, input_as_result_count "
        "from raw.tthc__dossiers where ma_ho_so = '83920'"
    ) == [("9", "placeholder", "placeholder", 1)]
    assert station.rows("select count(*) from raw.tthc__dossiers where ngay_cap_nhat is null") == [
        (0,)
    ]
    landed = [path for path in station.landed() if "manual" not in path.parts]
    assert len(landed) == 2


def test_dropped_files_complete_what_the_source_answers(station: Station) -> None:
    station.system.records["dossiers"] = dossiers(20)
    drop(station, "dossiers_bo_sung.json", [dossier(900)])
    (summary,) = station.ingest()
    assert summary.row_count == 21
    assert station.rows("select origin, row_count from ops.manifest order by ordinal") == [
        ("api", 20),
        ("manual", 1),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("hoso.json", [dossier(1)], "must say what it holds"),
        ("hoso.json", {"service": "XoaHet", "data": []}, "unknown service"),
        ("dossiers.json", {"service": "LayDanhSachTTHC", "data": []}, "the name says dossiers"),
        ("dossiers.json", {"data": "x"}, "neither a list"),
        ("dossiers.json", "x", "neither a list"),
    ],
)
def test_a_dropped_file_that_is_unclear_is_refused(
    station: Station,
    name: str,
    content: object,
    words: str,
) -> None:
    drop(station, name, content)
    (summary,) = station.ingest(manual=True)
    assert words in summary.message
    assert (summary.exit_code, station.count()) == (4, 0)


def test_a_link_out_of_the_folder_is_refused(station: Station, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("[]")
    drop(station, "dossiers_a.json", []).unlink()
    (station.landing / "manual" / "tthc" / "2026-11-20" / "dossiers_a.json").symlink_to(secret)
    (summary,) = station.ingest(manual=True)
    assert "no plain file of its folder" in summary.message


def test_nothing_dropped_is_missing_not_empty(station: Station) -> None:
    (summary,) = station.ingest(manual=True)
    assert (summary.state, summary.exit_code) == ("missing", 4)
    assert station.rows("select outcome, cause from ops.ledger") == [("missing", "source")]


def test_load_ids_commit_in_the_order_they_are_drawn(station: Station) -> None:
    """While one load is open, another of the resource waits before it draws its id."""
    station.system.records["dossiers"] = dossiers(60) + dossiers(60, "20261122")
    station.ingest()
    blocked = threading.Event()
    release = threading.Event()

    real = load._Writer.flush

    def slow(writer: Any) -> None:
        real(writer)
        if not blocked.is_set():
            blocked.set()
            release.wait(5)

    ids: dict[str, int] = {}

    def run(day: date) -> None:
        ids[str(day)] = station.ingest(day)[0].load_id or 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load._Writer, "flush", slow)
        first = threading.Thread(target=run, args=(DAY,))
        first.start()
        assert blocked.wait(5)
        second = threading.Thread(target=run, args=(DAY + timedelta(days=2),))
        second.start()
        waiting = False
        for _ in range(100):
            waiting = waiting or bool(
                station.rows("select 1 from pg_locks where locktype = 'advisory' and not granted")
            )
            if waiting:
                break
            threading.Event().wait(0.02)
        release.set()
        first.join()
        second.join()
    assert waiting
    assert ids["2026-11-20"] < ids["2026-11-22"]
