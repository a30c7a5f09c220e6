"""Identifiers and their check rules, and lists that stay open for readers."""

from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts import codes
from contracts.codes import (
    OpenCode,
    is_child_benefit_number,
    is_gss_code,
    is_national_insurance_number,
    is_nhs_number,
    is_ods_code,
)
from contracts.person import Care, Identifiers, Risk

WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)
OPEN_LISTS = [
    item for item in vars(codes).values() if isinstance(item, type) and issubclass(item, OpenCode) and len(item)
]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("9449306753", True),
        ("9912003888", True),
        ("9000000009", True),
        ("9990000018", True),
        ("9449306754", False),
        ("944930675", False),
        ("94493067530", False),
        ("944 930 6753", False),
        ("94493O6753", False),
        ("".join(chr(0xFF10 + int(digit)) for digit in "9449306753"), False),
        ("", False),
    ],
    ids=[
        "published",
        "published",
        "check 0 from 11",
        "test range",
        "wrong check",
        "short",
        "long",
        "spaced",
        "letter",
        "wide digits",
        "empty",
    ],
)
def test_nhs_numbers(text: str, valid: bool) -> None:
    assert is_nhs_number(text) is valid


@settings(deadline=None)
@given(st.text("0123456789", min_size=9, max_size=9))
def test_at_most_one_check_digit_fits(digits: str) -> None:
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    fitting = [check for check in range(10) if is_nhs_number(f"{digits}{check}")]
    assert fitting == ([] if remainder == 1 else [(11 - remainder) % 11])


@settings(deadline=None)
@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(digits: str, place: int, shift: int) -> None:
    valid = next((f"{digits}{check}" for check in range(10) if is_nhs_number(f"{digits}{check}")), None)
    if valid is not None:
        wrong = str((int(valid[place]) + shift) % 10)
        assert not is_nhs_number(valid[:place] + wrong + valid[place + 1 :])


@pytest.mark.parametrize(
    ("text", "valid"),
    [("E08000018", True), ("W06000015", True), ("S12000036", True), ("N09000003", True), ("K02000001", True)]
    + [(text, False) for text in ("X08000018", "E0800001", "E080000189", "e08000018", " E08000018", "E0800001A", "")],
)
def test_gss_codes(text: str, valid: bool) -> None:
    assert is_gss_code(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("QF7", True),
        ("X26ABC1", True),
        ("T6Y0W", True),
        ("AB", False),
        ("qf7", False),
        ("QF 7", False),
        ("A" * 13, False),
    ],
)
def test_ods_codes(text: str, valid: bool) -> None:
    assert is_ods_code(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [("NP112233C", True), ("AA000000A", True)]
    + [(f"{prefix}112233C", False) for prefix in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")]
    + [(f"{first}A112233C", False) for first in "DFIQUV"]
    + [(f"A{second}112233C", False) for second in "DFIQUVO"]
    + [(text, False) for text in ("NP112233E", "NP11223C", "NP1122334C", "np112233c", "NP 11 22 33 C", "")],
)
def test_national_insurance_numbers(text: str, valid: bool) -> None:
    assert is_national_insurance_number(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("CHB12345678AB", True),
        ("CHB1234567AB", False),
        ("chb12345678ab", False),
        ("CHB12345678A", False),
        ("12345678AB", False),
    ],
)
def test_child_benefit_numbers(text: str, valid: bool) -> None:
    assert is_child_benefit_number(text) is valid


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Identifiers, "nhs_number"),
        (Identifiers, "national_insurance_number"),
        (Identifiers, "child_benefit_number"),
        (Care, "home_authority"),
        (Care, "gp_practice"),
    ],
)
def test_a_malformed_identifier_never_enters_the_model(model: type[Identifiers | Care], field: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({field: "?"})


@pytest.mark.parametrize("words", OPEN_LISTS, ids=lambda words: words.__name__)
def test_an_unknown_word_is_read_as_unknown(words: type[OpenCode]) -> None:
    assert words("a word of next year").value == "unknown"
    assert [words(word.value) for word in words] == list(words)


def test_an_unknown_word_inside_a_model_is_read_as_unknown() -> None:
    risk = Risk.model_validate({"level": "extreme", "flags": ["trafficking", "new_flag"]})
    assert (risk.level, risk.flags) == (codes.RiskLevel.UNKNOWN, (codes.RiskFlag.TRAFFICKING, codes.RiskFlag.UNKNOWN))


@pytest.mark.parametrize("words", [codes.Seat, codes.Duty])
def test_the_hubs_own_lists_are_closed(words: type[StrEnum]) -> None:
    with pytest.raises(ValueError, match="new_word"):
        words("new_word")
