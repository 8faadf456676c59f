"""The tables of the questions asked, of what they mean, and of what the maintainers decided about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Column, Date, Float, Index, LargeBinary, String

from bot.storage.columns import RowId, SafeText, UtcDateTime, mapping


@mapping.mapped
class QuestionRow:
    """What one turn asked, masked, and what became of it; nothing in it tells who asked."""

    __tablename__ = "questions"

    id: int = Column(RowId, primary_key=True)
    at: datetime = Column(UtcDateTime, nullable=False, index=True)
    # The day in China, by which figures are counted.
    day: date = Column(Date, nullable=False, index=True)
    text: str = Column(SafeText, nullable=False)
    # The full intent (`faq/filing_time`); of a turn of a tool the tool.
    label: str = Column(SafeText, nullable=False)
    confidence: float = Column(Float(53), nullable=False)
    outcome: str = Column(String(16), nullable=False)
    # Of a tool: whether it was begun in this turn, and whether it came to its result.
    begun: bool = Column(Boolean, nullable=False)
    finished: bool = Column(Boolean, nullable=False)
    # Whether the same conversation had asked the same within the two minutes before.
    again: bool = Column(Boolean, nullable=False)
    place: str | None = Column(SafeText)
    # What the conversation was about before.
    subject: str | None = Column(SafeText)
    channel: str = Column(SafeText, nullable=False)


@mapping.mapped
class DecisionRow:
    """What a maintainer decided about one text of the inbox; rows with one `batch` were decided together."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_text_key", "text_key", "id"),)

    id: int = Column(RowId, primary_key=True)
    batch: str = Column(String(32), nullable=False, index=True)
    # A hash of the text as it is compared.
    text_key: str = Column(String(64), nullable=False)
    text: str = Column(SafeText, nullable=False)
    action: str = Column(String(16), nullable=False)
    label: str | None = Column(SafeText)
    why: str = Column(SafeText, nullable=False)
    user_name: str = Column(SafeText, nullable=False)
    at: datetime = Column(UtcDateTime, nullable=False, index=True)
    undone_at: datetime | None = Column(UtcDateTime)
    undone_by: str | None = Column(SafeText)


@mapping.mapped
class MeaningRow:
    """The encoder's vector of a masked text, which takes milliseconds to make: 16-bit numbers, one after another."""

    __tablename__ = "meanings"

    # A hash of the encoder's name and the text.
    key: str = Column(String(64), primary_key=True)
    vector: bytes = Column(LargeBinary, nullable=False)
    made_at: datetime = Column(UtcDateTime, nullable=False, index=True)
