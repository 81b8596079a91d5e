"""However numbers are written, a column is read right or refused, never wrong."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.reading.numbers import exact, parse, read_column
from ingestion.reading.text import clean, convert_legacy, key
from ingestion.reading.units import find_unit, spellings

WAYS = [(".", ","), (",", "."), (" ", ","), (" ", "."), ("'", "."), ("", ","), ("", ".")]
UNITS = ["", "đồng", "triệu đồng", "tỷ đồng", "%"]

amounts = st.integers(-(10**12), 10**12) | st.integers(-2000, 2000)
digits = st.integers(0, 4)
ways = st.sampled_from(WAYS)


def written(
    value: Decimal, way: tuple[str, str], *, brackets: bool = False, strip: bool = False
) -> str:
    """A number as somebody writes it; independent of the code under test."""
    thousands, point = way
    whole, _, fraction = f"{abs(value):f}".partition(".")
    if strip:
        fraction = fraction.rstrip("0")
    groups = []
    while len(whole) > 3 and thousands:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    text = thousands.join([whole, *groups]) + (point + fraction if fraction else "")
    if value < 0:
        return f"({text})" if brackets else f"-{text}"
    return text


def never_wrong(texts: list[str], truth: list[Decimal], unit: str) -> int:
    """Check a column; gives the number of cells that were read."""
    reading = read_column(texts, unit=find_unit(unit, ""))
    read = 0
    for number, value, text in zip(reading.numbers, truth, texts, strict=True):
        if number.state == "value":
            assert number.value == value, (text, texts, unit)
            read += 1
        else:
            assert number.state == "refused" and number.value is None
    return read


@given(st.lists(amounts, min_size=1, max_size=12), digits, ways, st.sampled_from(UNITS))
@example([1234000, 12000, 850000], 3, ("", "."), "triệu đồng")
@example([1234, 2340, 850], 0, (".", ","), "triệu đồng")
def test_fixed_decimals_in_any_way_are_never_wrong(
    scaled: list[int], places: int, way: tuple[str, str], unit: str
) -> None:
    if unit == "đồng":
        places = 0  # there are no fractions of a đồng
    truth = [Decimal(number).scaleb(-places) for number in scaled]
    if unit == "%":
        truth = [value for value in truth if abs(value) < 10_000]
    never_wrong([written(value, way) for value in truth], truth, unit)


@given(st.lists(amounts, min_size=1, max_size=12), digits, ways, st.booleans())
def test_decimals_without_their_last_zeros_are_never_wrong(
    scaled: list[int], places: int, way: tuple[str, str], brackets: bool
) -> None:
    truth = [Decimal(number).scaleb(-places) for number in scaled]
    texts = [written(value, way, brackets=brackets, strip=True) for value in truth]
    never_wrong(texts, truth, "triệu đồng")


@given(st.integers(10**6, 10**12), st.integers(0, 999_999), ways)
def test_a_column_with_one_large_number_is_read(
    large: int, small: int, way: tuple[str, str]
) -> None:
    truth = [Decimal(large), Decimal(small)]
    assert never_wrong([written(value, way) for value in truth], truth, "triệu đồng") == 2


@given(
    st.lists(st.integers(1, 999_999), min_size=2, max_size=8),
    st.sampled_from([".", ","]),
    st.booleans(),
)
@example([1234, 850], ".", True)
def test_totals_that_readd_never_lead_to_a_wrong_reading(
    parts: list[int], mark: str, is_thousands: bool
) -> None:
    other = "," if mark == "." else "."
    way = (mark, other) if is_thousands else ("", mark)
    places = 0 if is_thousands else 3
    truth = [Decimal(number).scaleb(-places) for number in [sum(parts), *parts]]
    texts = [written(value, way) for value in truth]
    relations = [(0, tuple(range(1, len(truth))))]
    reading = read_column(texts, relations=relations)
    for number, value in zip(reading.numbers, truth, strict=True):
        assert number.value in (None, value)
    if is_thousands and any(part < 1000 for part in parts) and sum(parts) >= 1000:
        assert [number.value for number in reading.numbers] == truth


@given(amounts, st.integers(0, 6))
def test_stored_numbers_come_back_exactly(scaled: int, places: int) -> None:
    typed = Decimal(scaled).scaleb(-places)
    assert exact(float(typed)) == typed


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30), st.integers(1, 3))
def test_the_noise_of_added_floats_is_dropped(scaled: list[int], places: int) -> None:
    typed = [Decimal(number).scaleb(-places) for number in scaled]
    total = 0.0
    for value in typed:
        total += float(value)
    assert abs(exact(total) - sum(typed)) <= Decimal("1e-6")


@given(st.text(max_size=40))
def test_any_text_has_one_state_and_refusals_have_codes(text: str) -> None:
    token = parse(clean(text))
    assert (token.value is not None) == (token.state == "value")
    assert (token.code != "") == (token.state == "refused")


@given(st.text(max_size=200))
def test_cleaning_and_folding_are_stable(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert key(key(text)) == key(text)
    assert not any(letter in once for letter in "\n\t\u200b\u00a0\u202e")


@given(
    st.sampled_from(sorted(spellings())),
    st.sampled_from(["", " ", "\u00a0"]),
    st.sampled_from(["", ".", ":", " "]),
    st.booleans(),
)
def test_case_and_blanks_do_not_change_a_unit(
    spelling: str, before: str, after: str, upper: bool
) -> None:
    unit = find_unit(before + (spelling.upper() if upper else spelling) + after, "A1")
    assert unit is not None
    assert (unit.code, unit.factor) == (spellings()[spelling].code, spellings()[spelling].factor)


@given(st.text(alphabet="abcdđeghiklmnoôơpqrstuưvxyàáảãạ ", min_size=4, max_size=20))
def test_what_is_not_in_the_dictionary_is_no_unit(text: str) -> None:
    unit = find_unit(text, "A1")
    assert unit is None or clean(text).lower().strip() in spellings()


@given(st.sampled_from(["Tổng số thu ngân sách nhà nước", "Đơn vị tính: Triệu đồng", "Dự toán"]))
def test_conversion_leaves_plain_latin_alone(text: str) -> None:
    assert convert_legacy(key(text), "vni") == key(text)
    assert convert_legacy(key(text), "tcvn3") == key(text)
