"""Invented applicants of the region: names, identity numbers, phones, e-mails and addresses.

Names follow the peoples of Sơn La (Thái, Kinh, H'Mông, Mường). Numbers have the right form yet
belong to nobody: phone prefixes that no operator holds, identity serials at the very end of the
range, mail domains reserved for examples.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np

from sandbox.clock import Texts, text_column
from sandbox.randomness import Floats, Ints, Keys, integers, uniform

_PEOPLES: Final = {
    # share of the population, family names, middle names, given names; men's and women's middle
    # names mixed
    "thai": (
        0.53,
        "Lò Quàng Cầm Tòng Lường Cà Bạc Vì Hoàng Đèo Lèo Điêu Hà Sa Mè",
        "Văn Thị",
        "Mua Pâng Ín Phớ Hặc Chung Xuân Hom Pỏm Thoa Biên Tiến Thắng Dung "
        "Hải Yêu Ánh Tươi Phương Bun Panh "
        "Ngoan Hiên Sơn Thủy Loan",
    ),
    "kinh": (
        0.18,
        "Nguyễn Trần Lê Phạm Vũ Đỗ Bùi Đặng Ngô Dương Phan Trịnh",
        "Văn Thị Đức Thanh Minh Ngọc Thu Quang",
        "An Bình Cường Dũng Giang Hà Hạnh Hùng Hương Khánh Lan Linh Long Mai Nam Nga "
        "Phúc Quân Tâm Thảo Trang Tuấn "
        "Vân Yến",
    ),
    "hmong": (
        0.19,
        "Giàng Mùa Vàng Sồng Thào Hờ Tráng Phàng Vừ Lầu Sùng Hạng",
        "A Thị",
        "Dơ Chống Sính Páo Chứ Lử Dế Mỷ Sua Tủa Nhìa Pó Chu Sáng Xía Dua Ly Mai Súa Khua",
    ),
    "muong": (
        0.10,
        "Đinh Bùi Quách Hà Bạch Sa",
        "Văn Thị Công",
        "Khương Nhưng Hợp Thành Lịch Chiến Nụ Hằng Lý Dậu Thuận Quyết Mơ Thêm",
    ),
}
_PHONE_PREFIXES: Final = ("0530", "0540", "0571", "0720", "0740", "0950")
_MAIL_DOMAINS: Final = ("thudientu.example", "hopthu.example", "mail.sonla.example")
_HAMLETS: Final = [
    "Bản Bó",
    "Bản Hài",
    "Bản Mòng",
    "Bản Cọ",
    "Bản Lả Mường",
    "Bản Nà Phường",
    "Bản Pá Hốc",
    "Bản Huổi Pao",
    "Bản Noong Lay",
    "Bản Co Chai",
    "Tiểu khu 1",
    "Tiểu khu 4",
    "Tiểu khu 19/5",
    "Tổ 2",
    "Tổ 7",
    "Tổ 11",
    "Bản Tà Làng",
    "Bản Suối Khem",
    "Bản Nậm Lốt",
    "Bản Phiêng Hay",
]


def folded(text: str) -> str:
    """Return a name without marks and blanks, as in file names and mail addresses."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


@dataclass(frozen=True, slots=True)
class Applicants:
    """Applicants of some dossiers, a column per value."""

    names: Texts
    folded_names: Texts
    identity_numbers: Texts
    is_old_identity: Ints
    phones: Texts
    mails: Texts
    hamlets: Texts


class Register:
    """Draws applicants from dossier keys."""

    def __init__(self) -> None:
        names: list[str] = []
        bounds: list[int] = [0]
        shares: list[float] = []
        for share, families, middles, givens in _PEOPLES.values():
            names += [
                f"{family} {middle} {given}"
                for family in families.split()
                for middle in middles.split()
                for given in givens.split()
            ]
            bounds.append(len(names))
            shares.append(share)
        self._names = text_column(names)
        self._folded = text_column([folded(name) for name in names])
        self._bounds = np.array(bounds)
        self._cumulated = np.cumsum(shares)
        self._hamlets = text_column(list(_HAMLETS))

    def name(self, keys: Keys, stream: str) -> Texts:
        """Return an invented full name per key."""
        return self._names[self._name_index(keys, stream)]

    def applicants(self, keys: Keys, old_identity_share: Floats) -> Applicants:
        """Return the applicants of dossiers.

        Args:
            keys: of the dossiers.
            old_identity_share: share that still has a card of nine digits, per dossier.
        """
        index = self._name_index(keys, "applicant")
        folded_names = self._folded[index]
        is_old = uniform(keys, "old identity card") < old_identity_share
        births = integers(keys, "birth year", 66)
        women = integers(keys, "sex", 2)
        serials = 990_000 + integers(keys, "identity serial", 10_000)
        years = 1942 + births
        century_digit = np.where(years >= 2000, 2, 0) + women
        new_numbers = 14 * 10**9 + century_digit * 10**8 + years % 100 * 10**6 + serials
        old_numbers = 50 * 10**6 + 990_000 + integers(keys, "old serial", 10_000)
        numbers = [
            f"0{old}" if flag else f"0{new}"
            for flag, old, new in zip(
                is_old.tolist(), old_numbers.tolist(), new_numbers.tolist(), strict=True
            )
        ]
        prefixes = integers(keys, "phone prefix", len(_PHONE_PREFIXES)).tolist()
        lines = integers(keys, "phone line", 1_000_000).tolist()
        domains = integers(keys, "mail domain", len(_MAIL_DOMAINS)).tolist()
        tails = integers(keys, "mail tail", 9_999).tolist()
        has_mail = (uniform(keys, "has mail") < 0.45).tolist()
        return Applicants(
            names=self._names[index],
            folded_names=folded_names,
            identity_numbers=text_column(numbers),
            is_old_identity=is_old.astype(np.int64),
            phones=text_column(
                [f"{_PHONE_PREFIXES[p]}{n:06d}" for p, n in zip(prefixes, lines, strict=True)]
            ),
            mails=text_column(
                [
                    f"{name.lower()}{tail}@{_MAIL_DOMAINS[domain]}" if given else ""
                    for name, tail, domain, given in zip(
                        folded_names.tolist(), tails, domains, has_mail, strict=True
                    )
                ]
            ),
            hamlets=self._hamlets[integers(keys, "hamlet", len(_HAMLETS))],
        )

    def _name_index(self, keys: Keys, stream: str) -> Ints:
        people = np.minimum(
            np.searchsorted(self._cumulated, uniform(keys, stream + " people"), side="right"),
            len(self._cumulated) - 1,
        )
        low, high = self._bounds[people], self._bounds[people + 1]
        place: Ints = (low + uniform(keys, stream + " name") * (high - low)).astype(np.int64)
        return place
