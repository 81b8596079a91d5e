"""Raw tables of source ``tthc``: dossiers, supplements, procedures, ratings.

Column names are the published field names in snake case. The types are those of
``ingestion/sources/tthc/contract.yml``; a test holds the two together.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

LINEAGE = """
    _source text not null,
    _resource text not null,
    _period text not null,
    _extract_id uuid not null,
    _load_id bigint not null,
    _loaded_at timestamptz not null,
    _row_number integer not null"""

TABLES = {
    "tthc__dossiers": """
    ma_ho_so text not null,
    ma_tthc text,
    ma_linh_vuc text,
    don_vi_xu_ly text,
    loai_doi_tuong text,
    trang_thai_ho_so text,
    kenh_thuc_hien text,
    hinh_thuc text,
    noi_nop_ho_so text,
    ho_so_co_thanh_phan_so_hoa text,
    tai_khoan_duoc_xac_thuc_voi_vneid text,
    duoc_thanh_toan_truc_tuyen text,
    ngay_nop_ho_so timestamptz,
    ngay_tiep_nhan timestamptz not null,
    ngay_hen_tra timestamptz,
    ngay_tra timestamptz,
    ngay_ket_thuc_xu_ly timestamptz,
    ngay_tu_choi timestamptz,
    ngay_cap_nhat timestamptz not null,
    trich_yeu_class text not null,
    giay_to_class text not null,
    document_count integer not null,
    digitised_document_count integer not null,
    reused_document_count integer not null,
    national_store_document_count integer not null,
    result_count integer not null,
    linked_result_count integer not null,
    input_as_result_count integer not null,
    fee_count integer not null,
    charged_fee_count integer not null,
    fee_total_vnd bigint not null,
    supplement_count integer not null,
    ket_noi_csdl text,
    _date_formats text not null""",
    "tthc__supplements": """
    ma_ho_so text not null,
    ngay_cap_nhat timestamptz not null,
    ho_so_bo_sung_id text,
    ngay_bo_sung timestamptz,
    ngay_tiep_nhan_bo_sung timestamptz,
    trang_thai_bo_sung text,
    ngay_hen_tra_truoc timestamptz,
    ngay_hen_tra_moi timestamptz""",
    "tthc__procedures": """
    ma_tthc text not null,
    ten_tthc text,
    ma_linh_vuc text,
    ten_linh_vuc text,
    ma_don_vi text,
    ten_don_vi text,
    cap_thuc_hien text,
    muc_do text,
    du_dieu_kien text,
    phi_dia_gioi text,
    thoi_gian_giai_quyet numeric,
    don_vi_tinh text,
    fee_count integer not null,
    charged_fee_count integer not null,
    result_kind_count integer not null""",
    "tthc__ratings": """
    ma_danh_gia text not null,
    ma_ho_so text,
    muc_do_hai_long text,
    kenh_danh_gia text,
    ngay_danh_gia timestamptz,
    ngay_cap_nhat timestamptz not null""",
}
REJECTED = """
    record_id text,
    field text,
    reason_code text not null,
    reason_vi text not null,
    record text"""

INDEXED = {
    "tthc__dossiers": ("_period", "_load_id", "ma_ho_so"),
    "tthc__supplements": ("_period", "_load_id", "ma_ho_so"),
    "tthc__procedures": ("_period", "_load_id"),
    "tthc__ratings": ("_period", "_load_id", "ma_ho_so"),
}


def upgrade() -> None:
    """Apply."""
    op.execute("set local role cchc_owner")
    for table, columns in TABLES.items():
        op.execute(f"create table raw.{table} ({LINEAGE},{columns}\n)")
        for column in INDEXED[table]:
            op.execute(f"create index on raw.{table} ({column})")
    for table in ("tthc__dossiers", "tthc__procedures", "tthc__ratings"):
        op.execute(f"create table raw.{table}__rejected ({LINEAGE},{REJECTED}\n)")
        op.execute(f"create index on raw.{table}__rejected (_period)")
    op.execute("grant select, insert, delete on all tables in schema raw to cchc_ingest")
    op.execute("grant select on all tables in schema raw to cchc_transform, auditor")
    op.execute("reset role")
