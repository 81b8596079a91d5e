"""Vietnamese text as the fonts from before Unicode kept it: TCVN3 (ABC) and VNI Windows."""

from __future__ import annotations

import unicodedata
from typing import Final

_TCVN3_LOWER: Final = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ",
        strict=True,
    )
)
_TCVN3_UPPER: Final = dict(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True))

_TONES: Final = {"\u0301": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0323": 4}
_VNI_PLAIN: Final = "ùøûõï"
_VNI_SHAPED: Final = {"\u0302": "áàåãä", "\u0306": "éèúüë"}
_VNI_SHAPE_ONLY: Final = {"\u0302": "â", "\u0306": "ê"}
_VNI_HORN: Final = {"o": "ô", "u": "ö", "O": "Ô", "U": "Ö"}
_VNI_I: Final = "íìæóò"


def to_tcvn3(text: str) -> str:
    """Text for a TCVN3 font.

    Capitals with tones take the small letters' codes: the font for capitals draws them large.
    """
    return "".join(
        _TCVN3_LOWER.get(letter) or _TCVN3_UPPER.get(letter) or _TCVN3_LOWER.get(letter.lower())
        or letter
        for letter in unicodedata.normalize("NFC", text)
    )  # fmt: skip


def to_vni(text: str) -> str:
    """Text for a VNI font: the letter, then a letter that stands for its marks."""
    return "".join(map(_vni_letter, unicodedata.normalize("NFC", text)))


def _vni_letter(letter: str) -> str:
    if letter in "đĐ":
        return "ñ" if letter == "đ" else "Ñ"
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if not marks or base.lower() not in "aeiouy":
        return letter
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), None)
    shape = next((mark for mark in marks if mark not in _TONES), "")
    if base.lower() == "i" and tone is not None:
        written = _VNI_I[tone]
        return written.upper() if base.isupper() else written
    if base.lower() == "y" and tone == _TONES["\u0323"]:
        return "Î" if base.isupper() else "î"
    sign = ""
    if shape in _VNI_SHAPED:
        sign = _VNI_SHAPE_ONLY[shape] if tone is None else _VNI_SHAPED[shape][tone]
    elif tone is not None:
        sign = _VNI_PLAIN[tone]
    if shape == "\u031b":
        base = _VNI_HORN[base]
    return base + (sign.upper() if base.isupper() else sign)
