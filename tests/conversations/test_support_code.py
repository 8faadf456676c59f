"""A code asked for in the chat opens that very conversation to a clerk, and stands nowhere else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from bot import wiring
from bot.wiring import consoles
from tests.services.desk import LI, everything
from tests.talking import Send, talking

# Rasa says so of every domain.
pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill:UserWarning")

PHONE, NAME = "13812345678", "王桂兰"


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    """An assistant to talk to, over a fresh database."""
    with talking(tmp_path_factory.mktemp("codes")) as send:
        yield send


def code_in(answer: str) -> str:
    """The six digits of an answer."""
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", answer)
    return str(code)


# The page's own id of a browser, and the name under which a WeChat conversation is kept.
@pytest.mark.parametrize("sender", ["web-3f2a", wiring.sender_key("oWeChatUser")])
def test_the_clerk_reads_the_conversation_in_which_the_code_was_asked_for(send: Send, sender: str) -> None:
    send(sender, f"我叫{NAME}，电话{PHONE}，我的参保地是南京")
    send(sender, "备案要带什么材料")
    send("somebody else", "转诊怎么办")
    code = code_in(send(sender, "给我一个客服码"))
    transcript = consoles.codes().open(code, LI)
    assert transcript is not None
    assert [turn.asked for turn in transcript.turns] == [
        "我叫[姓名]，电话[手机号]，我的参保地是南京",
        "备案要带什么材料",
        "给我一个客服码",
    ]
    assert "依据" in "".join(transcript.turns[1].answers)
    assert "您的客服码是 [客服码]" in transcript.turns[2].answers[0]
    assert transcript.place == "nanjing"
    assert code not in str(transcript)


def test_a_code_asked_for_in_the_middle_of_a_form_opens_the_form_so_far(send: Send) -> None:
    send("in a form", "报销估算")
    answer = send("in a form", "客服码")
    assert "参保" in answer, "the form asks its question again"
    transcript = consoles.codes().open(code_in(answer), LI)
    assert transcript is not None
    assert [turn.asked for turn in transcript.turns] == ["报销估算", "客服码"]


def test_the_code_is_neither_stored_nor_logged(
    send: Send, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        codes = [
            code_in(send("anna", asked))
            for asked in ("客服码", "再给我一个新的客服码", "support code please")
        ]
    consoles.codes().open(codes[-1], LI)
    printed = capfd.readouterr()
    kept = everything(wiring.database())
    assert "[客服码]" in kept, "the conversation is there"
    for code in codes:
        assert code not in kept
        assert code not in caplog.text + printed.out + printed.err


def test_the_newest_code_of_a_conversation_is_the_one_that_opens_it(send: Send) -> None:
    old, new = (code_in(send("ben", "给我一个客服码")) for _ in range(2))
    assert consoles.codes().open(old, LI) is None
    assert consoles.codes().open(new, LI) is not None
