"""Personal data out of a text before it is stored or logged: ID, phone, card and social-security numbers, names, and 客服码."""

from __future__ import annotations

import re

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９ｘＸ", "0123456789xX")

# Digits that people break up with spaces or hyphens when they type a long number.
_LONG_NUMBER = re.compile(
    r"(?<![0-9０-９.])[0-9０-９](?:[ \-－]?[0-9０-９]){9,22}[ \-]?[xXｘＸ]?(?![0-9０-９])"
)
_MOBILE = re.compile(r"^(?:86)?1[3-9]\d{9}$")
_PUBLIC_NUMBER = re.compile(r"^(?:0\d{2,3}[- ]?\d{7,8}|0\d{2,3}-?12393)$")
# A day, alone or with the hour of a time of day: 2026-11-22 08(:30).
_MOMENT = re.compile(r"^(?:19|20)\d{2}-\d{1,2}-\d{1,2}(?: \d{1,2})?$")
# The number of a call (20261122-007), which clerks write into notes.
_CALL = re.compile(r"^20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-\d{3,4}$")
# What opens a conversation to whoever reads it: stored as a hash alone, so no text may keep it.
_CODE = re.compile(
    r"(?P<lead>客服码[）)]?\s*(?:是|为|is)?[：:\s]*)[0-9０-９]{3}[ -]?[0-9０-９]{3}(?![0-9０-９])",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?P<lead>我叫|我的名字是|名字叫|姓名(?:是|为|叫)?[：: ]*|本人(?:叫|姓名)[：: ]*|患者[：:]|病人叫|我爸叫|我妈叫|my name is )"
    r"(?P<name>(?-i:[A-Z])[A-Za-z]+(?: (?-i:[A-Z])[A-Za-z]+)?|[一-鿿·]{2,4}?(?=[，,。！!？? \n]|是|在|的|今年|身份证|电话|$))",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Replace personal data by a Chinese placeholder in brackets; public hotlines and everything else stay as they are."""
    text = _LONG_NUMBER.sub(_mask_number, text)
    text = _CODE.sub(lambda found: f"{found['lead']}[客服码]", text)
    return _NAME.sub(lambda found: f"{found['lead']}[姓名]", text)


def _mask_number(found: re.Match[str]) -> str:
    written = found.group()
    plain = written.translate(_FULL_WIDTH).strip()
    if _PUBLIC_NUMBER.match(plain) or _MOMENT.match(plain) or _CALL.match(plain):
        return written
    tail = " " if written.endswith((" ", "-")) else ""
    digits = re.sub(r"[^0-9X]", "", written.translate(_FULL_WIDTH).upper())
    if len(digits) == 18 and (is_id_number(digits) or digits[6:8] in ("19", "20")):
        return "[身份证号]" + tail
    if _MOBILE.match(digits):
        return "[手机号]" + tail
    if len(digits) in (15, 16, 17, 18, 19):
        return "[卡号]" + tail
    return "[号码]" + tail if len(digits) >= 10 else written


def is_id_number(digits: str) -> bool:
    """Whether 18 characters are a resident identity number (公民身份号码) with a right check digit (GB 11643)."""
    if not re.fullmatch(r"\d{17}[\dX]", digits):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11] == digits[-1]
