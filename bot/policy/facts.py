"""What is known about a person and a visit to a doctor. ``None`` always means: not known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.policy.areas import Area

Insurance = Literal["employee", "resident"]
Status = Literal["employed", "retired", "student"]
Purpose = Literal["living", "posted", "studying", "visiting"]
Level = Literal["primary", "secondary", "tertiary"]
Visit = Literal["outpatient", "inpatient"]
Category = Literal["retired_resettled", "long_term_resident", "posted_worker", "referral", "temporary"]

INSURANCES: tuple[Insurance, ...] = ("employee", "resident")
STATUSES: tuple[Status, ...] = ("employed", "retired", "student")
PURPOSES: tuple[Purpose, ...] = ("living", "posted", "studying", "visiting")
LEVELS: tuple[Level, ...] = ("tertiary", "secondary", "primary")
VISITS: tuple[Visit, ...] = ("outpatient", "inpatient")
CATEGORIES: tuple[Category, ...] = (
    "retired_resettled",
    "long_term_resident",
    "posted_worker",
    "referral",
    "temporary",
)


@dataclass(frozen=True)
class Money:
    """An amount in yuan, or a range of it when a person says 2千多: ``low`` to ``high``, both included."""

    low: Decimal
    high: Decimal

    @classmethod
    def exactly(cls, amount: Decimal | int | str) -> Money:
        """One amount, not a range."""
        return cls(Decimal(amount), Decimal(amount))

    @property
    def is_range(self) -> bool:
        """Whether the person gave a range."""
        return self.low != self.high


@dataclass(frozen=True)
class Facts:
    """One person's situation. Every field is optional; a missing one widens the answer instead of stopping it."""

    # The insured place (参保地): the id of a served place, and the area when the place is not served.
    insured_place: str | None = None
    insured_area: Area | None = None
    # The place of care (就医地).
    care_area: Area | None = None
    insurance: Insurance | None = None
    status: Status | None = None
    # Why the person is (or will be) there: living 居住, posted 单位派驻, studying 学习, visiting 临时外出.
    purpose: Purpose | None = None
    # Whether the household registration (户籍) was moved to the place of care.
    household_moved: bool | None = None
    referral: bool | None = None
    emergency: bool | None = None
    filed: bool | None = None
    # The filing category, when the person names it.
    category: Category | None = None
    # Whether contributions have lapsed (断缴).
    lapsed: bool | None = None
    # Whether somebody else hands in the filing.
    agent: bool | None = None
    visit: Visit | None = None
    hospital_level: Level | None = None
    # The eligible cost (政策范围内费用), the deductible (起付线) already used and what the fund already paid this year, in yuan.
    cost: Money | None = None
    deductible_used: Decimal | None = None
    paid_this_year: Decimal | None = None
    # The share (报销比例) the fund pays at home, stated by the person; /1.
    home_share: Decimal | None = None

    @property
    def known_insurance(self) -> Insurance | None:
        """The insurance stated, else the employee insurance that 在职 and 退休 imply."""
        if self.insurance is None and self.status in ("employed", "retired"):
            return "employee"
        return self.insurance
