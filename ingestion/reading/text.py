"""Text as people typed it: cleaned, folded for matching, and freed from fonts before Unicode.

Vietnamese offices wrote in TCVN3 (ABC) and VNI until the 2000s and old templates still carry it:
letters of the upper half of Latin-1 stand for Vietnamese ones. Such text is told by evidence, not
by a font's name: as Unicode it makes no Vietnamese syllables, converted it does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from ingestion.catalogue.names import fold

LegacyFont = Literal["tcvn3", "vni"]

_LONGEST = 4096
"""Longer text is no label; it is cut before anything looks at it (untrusted input)."""

# What a person cannot see or does not tell apart from something plain.
_INVISIBLE = [0x00AD, 0x034F, 0x061C, 0x115F, 0x180E, 0xFEFF]
_INVISIBLE += [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
_PLAIN: dict[int, str] = {
    **dict.fromkeys((*range(32), *range(127, 160)), " "),
    **dict.fromkeys((160, 5760, 8239, 8287, 12288, *range(8192, 8203)), " "),
    **dict.fromkeys((8232, 8233), " "),
    **dict.fromkeys(_INVISIBLE, ""),
    **{0xFF01 + offset: chr(0x21 + offset) for offset in range(94)},  # full-width forms
    0x2212: "-",  # minus sign
    0x2010: "-",
    0x2011: "-",
    0x00D0: "Đ",  # eth, which converters put in place of Đ
    0x00F0: "đ",
    0x0189: "Đ",
    0xFE6A: "%",
}
# Letters of other alphabets that look Latin; replaced in text that is Latin otherwise, or that has
# no others.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo",
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1ea0-\u1ef9]")
_NOT_LEGACY = re.compile(
    "[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0-\u01b0\u0300-\u036f\u1ea0-\u1ef9]"
)
_NO_WORD = re.compile(r"[^a-z0-9]+")


def _unaccented() -> dict[int, str]:
    """Letters of Vietnamese in NFC, and marks and dashes, to what folding makes of them."""
    table = {ord("đ"): "d", ord("Đ"): "d"} | dict.fromkeys(map(ord, "–—…“”‘’•·"), " ")
    for code in (*range(0xC0, 0x250), *range(0x1EA0, 0x1EFA)):
        decomposed = unicodedata.normalize("NFD", chr(code))
        if len(decomposed) > 1 and decomposed[0].isascii():
            table[code] = decomposed[0].lower()
    return table


_UNACCENTED = _unaccented()

# TCVN 5712-3:1999 (ABC). 0xAD is Latin-1's soft hyphen: convert before anything is cleaned.
_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
_VNI_SINGLE = dict(zip("ñíìæóòôöîÑÍÌÆÓÒÔÖÎ", "đíìỉĩịơưỵĐÍÌỈĨỊƠƯỴ", strict=True))
_VNI_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VNI_CIRCUMFLEX = dict(zip("âáàåãä", ("", *"\u0301\u0300\u0309\u0303\u0323"), strict=True))
_VNI_BREVE = dict(zip("êéèúüë", ("", *"\u0301\u0300\u0309\u0303\u0323"), strict=True))


def _vni_pairs() -> dict[str, str]:
    """Two letters of VNI to one: the base letter and the mark that follows it."""
    pairs = {}
    for base, bare in (*((b, b) for b in "aeouy"), ("ô", "ơ"), ("ö", "ư")):
        for mark, tone in _VNI_TONES.items():
            pairs[base + mark] = unicodedata.normalize("NFC", bare + tone)
    for base in "aeo":
        for mark, tone in _VNI_CIRCUMFLEX.items():
            pairs[base + mark] = unicodedata.normalize("NFC", base + "\u0302" + tone)
    for mark, tone in _VNI_BREVE.items():
        pairs["a" + mark] = unicodedata.normalize("NFC", "a\u0306" + tone)
    upper = {pair.upper(): letter.upper() for pair, letter in pairs.items()}
    mixed = {pair[0].upper() + pair[1]: letter.upper() for pair, letter in pairs.items()}
    return pairs | upper | mixed


_VNI = _vni_pairs() | _VNI_SINGLE
_VNI_FIND = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

# A syllable of Vietnamese without its tone: onset, vowels, coda. Loose, but no word of the legacy
# codes read as Latin-1 gets through it.
_SYLLABLE = re.compile(
    "(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x)?"
    "(?:[aăâeêioôơuưy]|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|oo|ôi|ơi|ua|uâ|uê|ui|uô|uơ|uy|ưa|ưi"
    "|ươ|ưu|yê|iêu|oai|oay|oeo|uây|uôi|uya|uyê|uyu|ươi|ươu|yêu|uao|uêu)"
    "(?:ch|c|m|ng|nh|n|p|t)?"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_STOPPED = re.compile("(?:ch|c|p|t)$")


def clean(text: str) -> str:
    """One line of text in NFC: visible characters only, plain digits, single blanks."""
    if text.isascii() and text.isprintable():
        if " " not in text or ("  " not in text and text[0] != " " and text[-1] != " "):
            return text[:_LONGEST]
        return " ".join(text[:_LONGEST].split())
    return _clean_foreign(text[:_LONGEST])


@lru_cache(maxsize=16_384)
def _clean_foreign(text: str) -> str:
    plain = unicodedata.normalize("NFC", text.translate(_PLAIN))
    foreign = _FOREIGN.findall(plain)
    if foreign and (_LATIN.search(plain) or all(ord(letter) in _LOOKALIKES for letter in foreign)):
        plain = plain.translate(_LOOKALIKES)
    return " ".join(plain.split())


def clean_lines(text: str) -> list[str]:
    """The lines of a cell, each cleaned; empty ones left out."""
    if "\n" not in text and "\r" not in text:
        line = clean(text)
        return [line] if line else []
    return [line for part in text.splitlines() if (line := clean(part))]


@lru_cache(maxsize=16_384)
def key(text: str) -> str:
    """Text folded for comparing: lower case, no accents, no punctuation, single blanks.

    What `ingestion.catalogue.names.fold` gives, by a table for the letters of Vietnamese.
    """
    plain = text.translate(_UNACCENTED)
    if plain.isascii():
        return _NO_WORD.sub(" ", plain.lower()).strip()
    return fold(text)


def convert_legacy(text: str, font: LegacyFont) -> str:
    """Text of a legacy font as Unicode, NFC."""
    text = unicodedata.normalize("NFC", text)
    if font == "tcvn3":
        return text.translate(_TCVN3)
    return _VNI_FIND.sub(lambda found: _VNI[found[0]], text)


def legacy_font(texts: Iterable[str]) -> LegacyFont | None:
    """Which legacy font the texts of one sheet were written with; None for Unicode.

    Only texts that could be legacy (no letter beyond Latin-1, some letter beyond ASCII) are
    evidence. Most of their words must make no Vietnamese as they stand and nearly all must make
    Vietnamese when converted.
    """
    words: set[str] = set()
    for text in texts:
        if may_be_legacy(text):
            words.update(word for word in _legacy_words(text) if not word.isascii())
            if len(words) > 400:
                break
    if not words:
        return None
    as_is = sum(map(is_vietnamese, words)) / len(words)
    shares: dict[LegacyFont, float] = {
        "tcvn3": sum(is_vietnamese(convert_legacy(w, "tcvn3")) for w in words) / len(words),
        "vni": sum(is_vietnamese(convert_legacy(w, "vni")) for w in words) / len(words),
    }
    best: LegacyFont = "tcvn3" if shares["tcvn3"] >= shares["vni"] else "vni"
    return best if shares[best] >= 0.8 and as_is <= 0.5 else None


def may_be_legacy(text: str) -> bool:
    """Whether the text has letters beyond ASCII and none that only Unicode Vietnamese has."""
    if text.isascii():
        return False
    return _NOT_LEGACY.search(unicodedata.normalize("NFC", text)) is None


def _legacy_words(text: str) -> list[str]:
    """Words where any character of the upper half may be a letter."""
    return re.findall("[A-Za-z\u00a1-\u00ff]+", unicodedata.normalize("NFC", text))


@lru_cache(maxsize=8_192)
def is_vietnamese(word: str) -> bool:
    """Whether a word could be a Vietnamese syllable: spelling, one tone, the tone before a stop."""
    lower = unicodedata.normalize("NFC", word).lower()
    tones: list[str] = []

    def tone(letter: str) -> str:
        decomposed = unicodedata.normalize("NFD", letter)
        if decomposed[0] not in "aeiouy":  # ñ is no n with a tone
            return letter
        tones.extend(_TONES.findall(decomposed))
        return unicodedata.normalize("NFC", _TONES.sub("", decomposed))

    bare = "".join(map(tone, lower))
    if len(tones) > 1 or _SYLLABLE.fullmatch(bare) is None:
        return False
    return not (tones and tones[0] in "\u0300\u0303\u0309" and _STOPPED.search(bare))
