"""The judge of the soak sees each kind of harm, or its silence would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.wechat.replies import FAILURE, HOLDING, LATE
from tests.fake_wechat import account as say
from tests.fake_wechat.pusher import FAULT, Delivery, Outcome, Shown
from tests.soak.crowd import Said, Sent
from tests.soak.verdict import Verdict, judged, message_key, sender_key

_ANSWERED = Delivery(Outcome.ANSWERED, 0.1, 200, b"<xml/>")
_BROKEN = Delivery(Outcome.BROKEN, 0.1)


class Case:
    """Two messages of one person, each answered once: what the database has of them, and what was shown."""

    def __init__(self) -> None:
        self.sent = [
            Sent(Said(text), began, Shown(say.text("oOne", text), "text", f"答{text}", (_ANSWERED,), 0.1))
            for began, text in enumerate(("甲", "乙"), 1)
        ]
        self.rows: list[Any] = [(message_key(sent.shown.message), 1) for sent in self.sent]
        self.events = [
            {"event": kind, "text": prefix + text}
            for text in ("甲", "乙")
            for kind, prefix in (("user", ""), ("bot", "答"))
        ]

    def show(self, number: int, text: str, kind: str = "text", *tried: Delivery) -> None:
        """Let somebody have seen something else."""
        sent = self.sent[number]
        sent.shown = replace(sent.shown, text=text, kind=kind, deliveries=tried or (_ANSWERED,))

    @property
    def verdict(self) -> Verdict:
        """What the judge says."""
        server: Any = SimpleNamespace(
            rows=lambda query: self.rows,
            events=lambda: {sender_key("oOne"): self.events},
            account=SimpleNamespace(aes_key=None),
        )
        crowd: Any = SimpleNamespace(everything=self.sent, sent={"oOne": self.sent})
        return judged(server, crowd, {})


def test_two_messages_that_were_answered_are_good() -> None:
    verdict = Case().verdict
    assert (verdict.wrong, verdict.once) == ([], 2)


def test_an_answer_behind_a_holding_sentence_that_came_later_is_good() -> None:
    case = Case()
    case.show(0, HOLDING)
    case.show(1, f"{LATE}\n答甲\n\n答乙")
    assert (case.verdict.wrong, case.verdict.once, case.verdict.late) == ([], 2, 1)


def test_what_wechat_gave_up_on_is_counted_apart() -> None:
    case = Case()
    case.show(1, FAULT, "fault", _BROKEN, _BROKEN, _BROKEN)
    case.rows.pop()
    del case.events[2:]
    assert (case.verdict.wrong, case.verdict.once, case.verdict.given_up) == ([], 1, 1)


def test_what_was_stored_but_killed_before_it_was_sent_is_counted_apart() -> None:
    case = Case()
    case.show(1, FAULT, "fault", _BROKEN, _BROKEN, _BROKEN)
    assert (case.verdict.wrong, case.verdict.once, case.verdict.unsent) == ([], 1, 1)


def _undone(case: Case) -> None:
    case.rows[0] = (case.rows[0][0], 0)


def _acted_twice(case: Case) -> None:
    case.events += case.events[:2]


def _not_acted(case: Case) -> None:
    del case.events[:2]


def _turned(case: Case) -> None:
    case.events = case.events[2:] + case.events[:2]


def _lost(case: Case) -> None:
    case.show(0, HOLDING)


def _twice(case: Case) -> None:
    case.show(1, f"{LATE}\n答甲\n\n答乙")


def _no_row(case: Case) -> None:
    case.rows.pop()


def _fault(case: Case) -> None:
    case.show(0, FAULT, "fault")


def _apology(case: Case) -> None:
    case.show(0, FAILURE)


def _other_bytes(case: Case) -> None:
    case.sent[0].duplicates.append(replace(_ANSWERED, body=b"<xml> </xml>"))


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        (_undone, "not done"),
        (_acted_twice, "acted on more than once"),
        (_not_acted, "not acted on"),
        (_turned, "wrong order"),
        (_lost, "never shown"),
        (_twice, "shown twice"),
        (_no_row, "without a row"),
        (_fault, "fault"),
        (_apology, "apology"),
        (_other_bytes, "another reply"),
    ],
)
def test_the_judge_sees(harm: Callable[[Case], None], complaint: str) -> None:
    case = Case()
    harm(case)
    assert complaint in "\n".join(case.verdict.wrong)
