"""The shapes of requests and answers, as published in the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Login(BaseModel):
    """Account of the consumer."""

    username: str
    password: str


class Session(BaseModel):
    """A new session."""

    error_code: str = "0"
    session: str
    expires_in: int = Field(description="seconds")


class Failure(BaseModel):
    """What every refused call answers."""

    error_code: str
    message: str


class Document(BaseModel):
    """One submitted document (``TaiLieuNop``)."""

    TepDinhKemId: str
    TenTepDinhKem: str
    IsDeleted: str
    MaThanhPhanHoSo: str
    DuongDanTaiTepTin: str
    DuocSoHoa: str
    DuocTaiSuDung: str
    DuocLayTuKhoDMQG: str
    MaKetQuaThayThe: str


class Fee(BaseModel):
    """One fee or charge (``DanhSachLePhi``)."""

    TenPhiLePhi: str
    MaPhiLePhi: str
    HinhThucThu: str
    Gia: str
    LoaiPhiLePhi: str


class OtherFile(BaseModel):
    """One other attachment (``DanhSachTepDinhKemKhac``)."""

    TenGiayTo: str
    SoLuong: str
    LoaiGiayTo: str


class Supplement(BaseModel):
    """One request for more papers (``DanhSachHoSoBoSung``)."""

    HoSoBoSungId: str
    NguoiYeuCauBoSung: str
    NoiDungBoSung: str
    NgayBoSung: str
    NguoiTiepNhanBoSung: str
    ThongTinTiepNhan: str
    NgayTiepNhanBoSung: str
    TrangThaiBoSung: str
    DanhSachGiayToBoSung: list[OtherFile]
    DanhSachLePhiBoSung: list[Fee]
    NgayHenTraTruoc: str
    NgayHenTraMoi: str


class Result(BaseModel):
    """One result document (``DanhSachGiayToKetQua``)."""

    TenGiayTo: str
    MaThanhPhanHoSo: str
    GiayToId: str
    DuongDanTepTinKetQua: str
    MaGiayToKetQua: str


class Identity(BaseModel):
    """Identity of the applicant (``DinhDanhCHS``)."""

    LoaiDinhDanh: str
    SoDinhDanh: str


class Connection(BaseModel):
    """One national database that was asked (``DSKetNoiCSDL``)."""

    MaCSDL: str


class Dossier(BaseModel):
    """One dossier as in ``DongBoHoSoMC.data[]``: scalars are strings, dates ``yyyyMMddHHmmss``."""

    MaHoSo: str
    MaTTHC: str
    TenTTHC: str
    MaLinhVuc: str
    TenLinhVuc: str
    SoBienNhan: str
    TrichYeuHoSo: str
    ThongTinKhac: str
    GhiChu: str
    ChuHoSo: str
    LoaiDoiTuong: str
    MaDoiTuong: str
    SoGiayToChuHoSo: str
    Email: str
    Fax: str
    SoDienThoai: str
    NgayNopHoSo: str
    NgayTiepNhan: str
    NgayHenTra: str
    NgayTra: str
    NgayKetThucXuLy: str
    NgayTuChoi: str
    NgayCapNhat: str
    TrangThaiHoSo: str
    ThongTinTra: str
    HinhThuc: str
    DonViXuLy: str
    KenhThucHien: str
    NoiNopHoSo: str
    HoSoCoThanhPhanSoHoa: str
    TaiKhoanDuocXacThucVoiVNeID: str
    DuocThanhToanTrucTuyen: str
    TaiLieuNop: list[Document]
    DanhSachLePhi: list[Fee]
    DanhSachTepDinhKemKhac: list[OtherFile]
    DanhSachHoSoBoSung: list[Supplement]
    DanhSachGiayToKetQua: list[Result]
    DSKetNoiCSDL: list[Connection]
    DinhDanhCHS: Identity


class ProcedureFee(BaseModel):
    """One fee of a procedure."""

    SOTIEN: str
    DONVI: str


class ProcedureResult(BaseModel):
    """One kind of result of a procedure."""

    MAKETQUA: str
    TENKETQUA: str


class ProcedureRow(BaseModel):
    """One procedure as published on a day."""

    MATTHC: str
    TENTTHC: str
    MALINHVUC: str
    TENLINHVUC: str
    MADONVI: str
    TENDONVI: str
    CAPTHUCHIEN: str
    MUCDO: str
    DUDIEUKIEN: str
    PHIDIAGIOI: str
    THOIGIANGIAIQUYET: str
    DONVITINH: str
    PHILEPHI: list[ProcedureFee]
    KETQUATHUCHIEN: list[ProcedureResult]


class Rating(BaseModel):
    """One citizen's rating of a dossier's handling."""

    MaDanhGia: str
    MaHoSo: str
    MucDoHaiLong: str = Field(description="1 to 5")
    NgayDanhGia: str
    KenhDanhGia: str = Field(description="1 national portal, 2 at the counter")
    NgayCapNhat: str


class _Page(BaseModel):
    error_code: str = "0"
    total: int
    page: int
    page_size: int


class DossierPage(_Page):
    """A page of dossiers."""

    data: list[Dossier]


class ProcedurePage(_Page):
    """A page of procedures."""

    data: list[ProcedureRow]


class RatingPage(_Page):
    """A page of ratings."""

    data: list[Rating]


class About(BaseModel):
    """What this server is."""

    name: str
    data_origin: str
    notice: str
    seed: int
    scale: float
    faults: int


class KeyLine(BaseModel):
    """One line of the answer key (the reply has one JSON object a line)."""

    fault_id: str
    kind: str
    unit_code: str
    record_id: str | None
    month: str | None
    field: str
    updated_at: str | None
