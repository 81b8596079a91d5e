"""One-off derivation of the agency seeds from the two vendored crosswalks.

Kept so that a reviewer can repeat it: ``python dbt_project/seeds/derive_reference.py`` rewrites
agencies.csv, agency_succession.csv, agency_source_codes.csv, agency_contacts.csv and
public_holidays.csv in ``reference/``. The CSV files are the truth: a later resolution is written
into them by hand, and tests/unit/catalogue/test_agency_seeds.py keeps them consistent.

Inputs: communes_2021_2024.csv (204 units) and communes_200_to_75.csv (200 edges), both from MIT
packages (see ATTRIBUTION.md there), plus the small tables below.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent / "reference"
HORIZON = "2020-01-01"  # start of the warehouse's memory, not a founding date
TOWNS_DATE = "2025-01-01"
DEPARTMENTS_DATE = "2025-03-01"
TWO_TIER_DATE = "2025-07-01"
PLAN_DATE = "2026-01-01"

NQ_1280 = "NQ 1280/NQ-UBTVQH15 (chưa đọc toàn văn)"
NQ_1681 = "NQ 1681/NQ-UBTVQH15 ngày 16/6/2025; mã số theo QĐ 19/2025/QĐ-TTg"
HORIZON_NOTE = "valid_from là mốc đầu của kho dữ liệu, không phải ngày thành lập"

# Same code, other name in the 2025 list, but only the spelling differs: the unit goes on.
SPELLING_ONLY = {"03712", "03754", "04009", "04066", "04117", "04136", "04138", "04162", "04174"}
# Code that ended on 2024-12-31 → the unit it is taken to have joined (by name pattern).
INFERRED_SUCCESSOR = {
    "03751": "03748",
    "03898": "03910",
    "03913": "03910",
    "04060": "04075",
    "03988": "03997",
    "03991": "04000",
    "04003": "04015",
}
SPLIT_TOWNS = {"03979", "03982"}
NAME_FIX = {
    "Xã Mường é": "Xã Mường É",
    "Xã é Tòng": "Xã É Tòng",
    "Thị trấn NT Mộc Châu": "Thị trấn Nông trường Mộc Châu",
}

UNALLOCATED_MOC_CHAU = -2
FORMER_DISTRICT_DESKS = -3
DESK_KEY_OFFSET = 100  # 401 Thành phố Sơn La → 501 its desk
DESK_CODE = "MC-"  # Một cửa

_PLAN = "Kế hoạch CCHC giai đoạn 2026 - 2030"
_MERGER = f"Đề án sắp xếp đầu năm 2025; ngày {DEPARTMENTS_DATE} còn phải xác nhận"

# Departments whose row goes on: (code, name_vi, name_en, certainty, legal basis)
UNCHANGED = (
    ("VPUBND", "Văn phòng UBND tỉnh", "Office of the Provincial People's Committee", "seen", _PLAN),
    ("TTT", "Thanh tra tỉnh", "Provincial Inspectorate", "recalled", ""),
    ("STP", "Sở Tư pháp", "Department of Justice", "seen", _PLAN),
    ("SCT", "Sở Công Thương", "Department of Industry and Trade", "seen", ""),
    ("SYT", "Sở Y tế", "Department of Health", "seen", ""),
    ("SGDDT", "Sở Giáo dục và Đào tạo", "Department of Education and Training", "seen", ""),
)
# Departments with a row before and a row after the merger: (code, name_vi, name_en)
KEPT_NAME = (
    ("SNV", "Sở Nội vụ", "Department of Home Affairs"),
    ("STC", "Sở Tài chính", "Department of Finance"),
    ("SXD", "Sở Xây dựng", "Department of Construction"),
    ("SKHCN", "Sở Khoa học và Công nghệ", "Department of Science and Technology"),
    (
        "SVHTTDL",
        "Sở Văn hóa, Thể thao và Du lịch",
        "Department of Culture, Sports and Tourism",
    ),
)
# Departments that ended: (code, name_vi, name_en, certainty)
ENDED = (
    ("SKHDT", "Sở Kế hoạch và Đầu tư", "Department of Planning and Investment", "seen"),
    (
        "SLDTBXH",
        "Sở Lao động - Thương binh và Xã hội",
        "Department of Labour, War Invalids and Social Affairs",
        "seen",
    ),
    ("SGTVT", "Sở Giao thông vận tải", "Department of Transport", "seen"),
    (
        "STTTT",
        "Sở Thông tin và Truyền thông",
        "Department of Information and Communications",
        "seen",
    ),
    (
        "SNNPTNT",
        "Sở Nông nghiệp và Phát triển nông thôn",
        "Department of Agriculture and Rural Development",
        "recalled",
    ),
    (
        "STNMT",
        "Sở Tài nguyên và Môi trường",
        "Department of Natural Resources and Environment",
        "recalled",
    ),
    ("BDT", "Ban Dân tộc", "Committee for Ethnic Minority Affairs", "seen"),
)
# Departments that began: (code, name_vi, name_en)
BEGUN = (
    ("SNNMT", "Sở Nông nghiệp và Môi trường", "Department of Agriculture and Environment"),
    (
        "SDTTG",
        "Sở Dân tộc và Tôn giáo",
        "Department of Ethnic Minority and Religious Affairs",
    ),
)


def department_rows() -> list[tuple[str, str, str, str, str, str, str, str]]:
    """(code, name_vi, name_en, valid_from, valid_to, legal basis, certainty, note) in key order."""
    before = f"{HORIZON_NOTE}; trước sắp xếp năm 2025"
    ending = f"{HORIZON_NOTE}; kết thúc khi sắp xếp năm 2025"
    now = "Tên hiện nay đã thấy; ngày hiệu lực theo trí nhớ (recalled)"
    day = DEPARTMENTS_DATE
    return [
        *((c, vi, en, HORIZON, "", law, sure, HORIZON_NOTE) for c, vi, en, sure, law in UNCHANGED),
        *((c, vi, en, HORIZON, day, "", "seen", before) for c, vi, en in KEPT_NAME),
        *((c, vi, en, HORIZON, day, "", sure, ending) for c, vi, en, sure in ENDED),
        *((c, vi, en, day, "", _MERGER, "seen", now) for c, vi, en in (*KEPT_NAME, *BEGUN)),
    ]


# (old code, new code, kind, share, certainty, note)
DEPARTMENT_EDGES = (
    ("STC", "STC", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
    ("SKHDT", "STC", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
    (
        "SNV",
        "SNV",
        "merge",
        "",
        "recalled",
        "Công tác tôn giáo chuyển sang Sở Dân tộc và Tôn giáo nên không có tỷ lệ",
    ),
    ("SNV", "SDTTG", "split", "", "recalled", "Chỉ phần công tác tôn giáo; không có tỷ lệ"),
    (
        "SLDTBXH",
        "SNV",
        "merge",
        "",
        "recalled",
        "Một số chức năng (giáo dục nghề nghiệp, bảo trợ xã hội, giảm nghèo) chuyển nơi khác "
        "[recalled]; không có tỷ lệ",
    ),
    ("SXD", "SXD", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
    ("SGTVT", "SXD", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
    ("SKHCN", "SKHCN", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
    (
        "STTTT",
        "SKHCN",
        "merge",
        "",
        "recalled",
        "Quản lý báo chí chuyển sang Sở VHTTDL nên không có tỷ lệ",
    ),
    ("STTTT", "SVHTTDL", "split", "", "recalled", "Chỉ phần quản lý báo chí; không có tỷ lệ"),
    ("SVHTTDL", "SVHTTDL", "transfer", "1", "recalled", "Giữ nguyên và nhận thêm quản lý báo chí"),
    ("SNNPTNT", "SNNMT", "merge", "1", "recalled", "Tên mới đã thấy; việc hợp nhất recalled"),
    ("STNMT", "SNNMT", "merge", "1", "recalled", "Tên mới đã thấy; việc hợp nhất recalled"),
    ("BDT", "SDTTG", "merge", "1", "recalled", "Hợp nhất đã thấy; ngày hiệu lực recalled"),
)

CENTRAL = (
    (
        "NHNNKV3",
        "Ngân hàng Nhà nước Việt Nam chi nhánh khu vực 3",
        "State Bank of Vietnam, Regional Branch 3",
        "central_branch",
        PLAN_DATE,
    ),
    ("THUE", "Thuế tỉnh", "Provincial Tax Office", "central_branch", PLAN_DATE),
    (
        "KBNNKVX",
        "Kho bạc Nhà nước khu vực X",
        "State Treasury, Region X",
        "central_branch",
        PLAN_DATE,
    ),
    ("BHXH", "Bảo hiểm xã hội tỉnh", "Provincial Social Insurance", "central_branch", HORIZON),
    ("CAT", "Công an tỉnh", "Provincial Police", "central_branch", HORIZON),
    ("DIENLUC", "Điện lực tỉnh", "Provincial Power Company", "central_branch", HORIZON),
    (
        "BAOPTTH",
        "Báo và Phát thanh, truyền hình Sơn La",
        "Sơn La Newspaper, Radio and Television",
        "public_unit",
        PLAN_DATE,
    ),
)

TYPES_EN = {
    "Xã": "Commune",
    "Phường": "Ward",
    "Thị trấn": "Township",
    "Huyện": "District",
    "Thị xã": "Town",
    "Thành phố": "City",
}


@dataclass
class Seeds:
    """Rows under construction, in file order."""

    agencies: list[dict[str, str]] = field(default_factory=list)
    edges: list[dict[str, str]] = field(default_factory=list)

    def agency(
        self,
        key: int,
        code: str,
        name_vi: str,
        name_en: str,
        kind: str,
        parent: str,
        rank: int,
        start: str,
        end: str,
        legal: str,
        certainty: str,
        note: str,
    ) -> int:
        """Append one agency row and return its key."""
        self.agencies.append(
            {
                "agency_key": str(key),
                "agency_code": code,
                "name_vi": name_vi,
                "name_en": name_en,
                "kind": kind,
                "parent_code": parent,
                "level_rank": str(rank),
                "valid_from": start,
                "valid_to": end,
                "legal_basis": legal,
                "certainty": certainty,
                "note": note,
            }
        )
        return key

    def edge(
        self,
        old: int,
        new: int,
        on: str,
        kind: str,
        share: str,
        legal: str,
        certainty: str,
        note: str,
    ) -> None:
        """Append one succession edge."""
        self.edges.append(
            {
                "predecessor_key": str(old),
                "successor_key": str(new),
                "effective_on": on,
                "kind": kind,
                "share": share,
                "legal_basis": legal,
                "certainty": certainty,
                "note": note,
            }
        )


def english(name_vi: str) -> str:
    """'Xã Mường É' → 'Mường É Commune'."""
    for prefix in sorted(TYPES_EN, key=len, reverse=True):
        if name_vi.startswith(prefix + " "):
            return f"{name_vi[len(prefix) + 1 :]} {TYPES_EN[prefix]}"
    return name_vi


def clean(name: str) -> str:
    """Collapse blanks and mend the capitals of two names in the packages."""
    name = " ".join(name.split())
    return NAME_FIX.get(name, name)


def read(name: str) -> list[dict[str, str]]:
    """Rows of one CSV of the reference folder."""
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(name: str, rows: list[dict[str, str]]) -> None:
    """Write rows with LF line ends."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def departments(seeds: Seeds) -> None:
    """Province, technical nodes, departments and the central branches the plan names."""
    seeds.agency(
        1,
        "14",
        "Tỉnh Sơn La",
        "Sơn La Province",
        "province",
        "",
        1,
        HORIZON,
        "",
        "",
        "seen",
        HORIZON_NOTE,
    )
    seeds.agency(
        UNALLOCATED_MOC_CHAU,
        "CPB-MOCCHAU",
        "Chưa phân bổ (Mộc Châu)",
        "Unallocated (Mộc Châu)",
        "public_unit",
        "14",
        9,
        TOWNS_DATE,
        "",
        "",
        "open",
        "Nút kỹ thuật, không phải cơ quan: số liệu trước 01/01/2025 của TT Mộc Châu và "
        "TT Nông trường Mộc Châu không chia được cho đơn vị nào",
    )
    seeds.agency(
        FORMER_DISTRICT_DESKS,
        "CPB-HUYEN",
        "Bộ phận Một cửa cấp huyện cũ (chưa phân bổ)",
        "Former district desks (unallocated)",
        "public_unit",
        "14",
        9,
        TWO_TIER_DATE,
        "",
        "",
        "open",
        "Nút kỹ thuật, không phải cơ quan: số liệu cấp huyện trước 01/7/2025 không có đơn vị "
        "kế thừa duy nhất",
    )
    old: dict[str, int] = {}
    new: dict[str, int] = {}
    for key, (code, vi, en, start, end, legal, certainty, note) in enumerate(
        department_rows(), start=101
    ):
        seeds.agency(key, code, vi, en, "department", "14", 2, start, end, legal, certainty, note)
        (old if end else new)[code] = key
    for a, b, kind, share, certainty, note in DEPARTMENT_EDGES:
        seeds.edge(old[a], new[b], DEPARTMENTS_DATE, kind, share, _MERGER, certainty, note)
    for key, (code, vi, en, kind, start) in enumerate(CENTRAL, start=201):
        note = (
            HORIZON_NOTE
            if start == HORIZON
            else "Nêu tên trong Kế hoạch; cơ quan tiền thân và ngày thành lập chưa xác minh"
        )
        seeds.agency(key, code, vi, en, kind, "14", 2, start, "", _PLAN, "seen", note)


def territory(seeds: Seeds) -> None:
    """Districts and the three commune eras with their succession."""
    before = read("communes_2021_2024.csv")
    after = read("communes_200_to_75.csv")
    districts = sorted({(r["district_code"], r["district_name"]) for r in before})
    town_key = 401 + len(districts)
    for key, (code, name) in enumerate(districts, start=401):
        moc_chau = code == "123"
        seeds.agency(
            key,
            code,
            name,
            english(name),
            "district",
            "14",
            3,
            HORIZON,
            TOWNS_DATE if moc_chau else TWO_TIER_DATE,
            "",
            "seen",
            HORIZON_NOTE,
        )
        if moc_chau:
            seeds.edge(
                key,
                town_key,
                TOWNS_DATE,
                "rename",
                "1",
                NQ_1280,
                "recalled",
                "Huyện Mộc Châu thành thị xã Mộc Châu",
            )
            key = town_key
        seeds.edge(
            key,
            FORMER_DISTRICT_DESKS,
            TWO_TIER_DATE,
            "abolish",
            "",
            NQ_1681,
            "open",
            "Không có đơn vị kế thừa duy nhất; cách phân bổ do cơ quan chủ quản quyết định",
        )
    seeds.agency(
        town_key,
        "123",
        "Thị xã Mộc Châu",
        english("Thị xã Mộc Châu"),
        "district",
        "14",
        3,
        TOWNS_DATE,
        TWO_TIER_DATE,
        NQ_1280,
        "seen",
        "Tên đã thấy; nghị quyết theo trí nhớ (recalled)",
    )

    middle = {r["old_code"]: clean(r["old_name"]) for r in after}
    district_of = {r["old_code"]: r["old_district_code"] for r in after}
    first: dict[str, int] = {}
    ends: dict[str, int] = {}  # code → key of the row alive on 2025-06-30
    for key, row in enumerate(before, start=1001):
        code, name = row["code_2024"], clean(row["name_2024"])
        goes_on = (
            code in middle
            and code not in SPLIT_TOWNS
            and (clean(middle[code]) == name or code in SPELLING_ONLY)
        )
        note = HORIZON_NOTE
        if goes_on:
            if clean(middle[code]) != name:
                note += f"; danh sách 2024 ghi “{name}”"
            name = middle[code]
            ends[code] = key
        first[code] = seeds.agency(
            key,
            code,
            name,
            english(name),
            "commune",
            row["district_code"],
            4,
            HORIZON,
            TWO_TIER_DATE if goes_on else TOWNS_DATE,
            "",
            "seen",
            note,
        )
    key = 1301
    for code in sorted(set(middle) - set(ends)):
        origin = (
            "Đơn vị gốc chưa xác định (còn mở)"
            if code in {"03980", "03983", "03984"} | SPLIT_TOWNS
            else ""
        )
        ends[code] = seeds.agency(
            key,
            code,
            middle[code],
            english(middle[code]),
            "commune",
            district_of[code],
            4,
            TOWNS_DATE,
            TWO_TIER_DATE,
            NQ_1280,
            "seen",
            origin,
        )
        key += 1
    joined = set(INFERRED_SUCCESSOR.values())
    for code in sorted(first):
        if ends.get(code) == first[code]:
            continue
        if code in SPLIT_TOWNS:
            candidates = (
                "03979 Mộc Sơn, 03980 Mộc Lỵ"
                if code == "03979"
                else "03982 Thảo Nguyên, 03983 Bình Minh, 03984 Cờ Đỏ"
            )
            seeds.edge(
                first[code],
                UNALLOCATED_MOC_CHAU,
                TOWNS_DATE,
                "split",
                "",
                NQ_1280,
                "open",
                f"Có vẻ bị chia; đơn vị có thể nhận: {candidates}; chưa có tỷ lệ",
            )
            continue
        target = INFERRED_SUCCESSOR.get(code, code)
        kind = "merge" if target in joined else "rename"
        seeds.edge(
            first[code],
            ends[target],
            TOWNS_DATE,
            kind,
            "1",
            NQ_1280,
            "inferred",
            "Suy ra từ đối chiếu danh sách 204 và 200 đơn vị; chờ xác nhận theo nghị quyết",
        )
    current: dict[str, int] = {}
    sources: dict[str, int] = {}
    for row in after:
        sources[row["new_code"]] = sources.get(row["new_code"], 0) + 1
    for row in after:
        code = row["new_code"]
        if code not in current:
            name = clean(row["new_name"])
            current[code] = seeds.agency(
                1401 + len(current),
                code,
                name,
                english(name),
                "commune",
                "14",
                4,
                TWO_TIER_DATE,
                "",
                NQ_1681,
                "seen",
                "",
            )
    for row in after:
        code = row["new_code"]
        whole = sources[code] == 1
        seeds.edge(
            ends[row["old_code"]],
            current[code],
            TWO_TIER_DATE,
            "transfer" if whole else "merge",
            "1",
            NQ_1681,
            "seen",
            "Giữ nguyên địa giới" if whole else "",
        )


def district_desks(seeds: Seeds) -> None:
    """The one-stop desk of each district: a body that received dossiers, and its end.

    A district's own row stands for its whole area; what its desk did stands with the desk, so that
    the figures of all bodies add up to the province's.
    """
    districts = [row for row in seeds.agencies if row["kind"] == "district"]
    desk_of = {row["agency_key"]: int(row["agency_key"]) + DESK_KEY_OFFSET for row in districts}
    for row in districts:
        name = row["name_vi"]
        seeds.agency(
            desk_of[row["agency_key"]],
            DESK_CODE + row["agency_code"],
            f"Bộ phận Một cửa {name[0].lower()}{name[1:]}",
            f"One-Stop Desk of {row['name_en']}",
            "public_unit",
            row["agency_code"],
            4,
            row["valid_from"],
            row["valid_to"],
            row["legal_basis"],
            "recalled",
            f"Nhận hồ sơ của UBND cấp huyện; dòng “{name}” là tổng của cả địa bàn",
        )
    for edge in [edge for edge in seeds.edges if edge["predecessor_key"] in desk_of]:
        renamed = edge["kind"] == "rename"
        seeds.edge(
            desk_of[edge["predecessor_key"]],
            desk_of[edge["successor_key"]] if renamed else FORMER_DISTRICT_DESKS,
            edge["effective_on"],
            edge["kind"],
            edge["share"],
            edge["legal_basis"],
            edge["certainty"],
            "Theo huyện Mộc Châu thành thị xã Mộc Châu" if renamed else edge["note"],
        )


def source_codes(seeds: Seeds) -> list[dict[str, str]]:
    """Synthetic one-stop unit codes: one number per department mnemonic, GSO codes elsewhere.

    The code of a district means its desk.
    """
    numbers: dict[str, int] = {}
    rows: list[dict[str, str]] = []
    for row in seeds.agencies:
        if int(row["agency_key"]) < 0 or row["kind"] not in {"department", "district", "commune"}:
            continue
        code = row["agency_code"]
        unit = (
            f"H52.D{numbers.setdefault(code, len(numbers) + 1):02d}"
            if row["kind"] == "department"
            else f"H52.{code}"
        )
        rows.append(
            {
                "source": "tthc",
                "unit_code": unit,
                "agency_code": DESK_CODE + code if row["kind"] == "district" else code,
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"],
                "is_synthetic": "true",
                "note": "Mã mô phỏng; danh sách mã thật còn mở",
            }
        )
    rows.append(
        {
            "source": "budget_publications",
            "unit_code": "Sơn La",
            "agency_code": "14",
            "valid_from": "2020-01-01",
            "valid_to": "",
            "is_synthetic": "false",
            "note": "Cổng công khai ngân sách ghi tên tỉnh làm đơn vị công bố (Deparment_Name)",
        }
    )
    return rows


def contacts(seeds: Seeds) -> list[dict[str, str]]:
    """Invented addresses under the reserved .example domain for every agency alive today."""
    rows = [
        {
            "agency_key": "1",
            "role": "fallback",
            "email": "thuongtruc.cchc@sonla.example",
            "valid_from": TWO_TIER_DATE,
            "valid_to": "",
        }
    ]
    for row in seeds.agencies:
        if int(row["agency_key"]) < 0 or row["valid_to"]:
            continue
        box = row["agency_code"].lower()
        for role, prefix in (("officer", "cchc"), ("head", "lanhdao")):
            rows.append(
                {
                    "agency_key": row["agency_key"],
                    "role": role,
                    "email": f"{prefix}.{box}@sonla.example",
                    "valid_from": max(row["valid_from"], TWO_TIER_DATE),
                    "valid_to": "",
                }
            )
    return rows


FIRST_UNDECIDED = 2027
NEW_YEAR_2026 = {
    "date": "2026-01-02",
    "name_vi": "Ngày nghỉ (thay cho ngày 10/01/2026)",
    "certainty": "recalled",
    "source": (
        "Công văn 12729/VPCP-KGVX ngày 25/12/2025 theo báo chí; gói holidays 0.109 không có"
    ),
}


def holidays_2021_2030() -> list[dict[str, str]]:
    """Days off in Vietnam from the MIT package ``holidays`` (dev dependency), and one it lacks.

    From 2027 on the package follows the general rule only: the Government decides a year's days in
    lieu and exchanges at the end of the year before.
    """
    import holidays

    package = f"PyPI holidays {holidays.__version__} (MIT)"
    by_rule = f"{package} theo quy tắc chung; chưa có quyết định lịch nghỉ và hoán đổi của năm"
    rows = [
        {
            "date": day.isoformat(),
            "name_vi": name,
            "certainty": "recalled" if day.year < FIRST_UNDECIDED else "inferred",
            "source": package if day.year < FIRST_UNDECIDED else by_rule,
        }
        for day, name in holidays.country_holidays(
            "VN", years=range(2021, 2031), language="vi"
        ).items()
    ]
    return sorted([*rows, NEW_YEAR_2026], key=lambda row: row["date"])


def main() -> None:
    """Rewrite the five derived files."""
    seeds = Seeds()
    departments(seeds)
    territory(seeds)
    district_desks(seeds)
    write("agencies.csv", seeds.agencies)
    write("agency_succession.csv", seeds.edges)
    write("agency_source_codes.csv", source_codes(seeds))
    write("agency_contacts.csv", contacts(seeds))
    write("public_holidays.csv", holidays_2021_2030())


if __name__ == "__main__":
    main()
