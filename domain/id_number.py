"""Citizen identity numbers (公民身份号码, GB 11643-1999): read strictly, never repaired."""

from __future__ import annotations

import re
from datetime import date

_EIGHTEEN = re.compile(r"\d{17}[\dXx]", re.ASCII)
_FIFTEEN = re.compile(r"\d{15}", re.ASCII)
_WITHIN = re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])", re.ASCII)
_WEIGHTS = tuple(2 ** (17 - position) % 11 for position in range(17))


def check_digit(first17: str) -> str:
    """The 18th character: ISO 7064 MOD 11-2 over the first seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def fault(text: str) -> str | None:
    """What is wrong with an ID number; None when nothing is. Numbers of 15 digits (before 1999) have no check digit."""
    if _FIFTEEN.fullmatch(text):
        born = "19" + text[6:12]
    elif _EIGHTEEN.fullmatch(text):
        born = text[6:14]
        if check_digit(text[:17]) != text[17].upper():
            return "身份证号校验码不符 the ID number's check digit does not fit"
    else:
        return "身份证号应为 18 位（旧号 15 位） an ID number has 18 characters, old ones 15"
    if not _is_day(born):
        return "身份证号中的出生日期不存在 the ID number's birth date is no day"
    return None


def maybe_rounded(text: str) -> bool:
    """Whether a spreadsheet could have made this of another number: it keeps 15 digits and writes zeros after."""
    return len(text) == 18 and text.isdigit() and text.endswith("000")


def stands_in(text: str) -> bool:
    """Whether a valid 18-digit ID number stands anywhere in `text`."""
    return any(fault(found) is None for found in _WITHIN.findall(text))


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
