"""What became of every message, from the database and from what the fake WeChat showed; each is told by its text."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.channels.wechat.replies import CONTINUE, CONTINUE_LINK, FAILURE, HOLDING, TOO_FAST
from tests.fake_wechat.account import Message
from tests.fake_wechat.pusher import Delivery, Outcome
from tests.soak.crowd import Crowd, Sent
from tests.soak.server import SECRET_KEY, Server

_SPACE = re.compile(r"\s+")
_EXAMPLES = 5


@dataclass
class Verdict:
    """The figures of a run, and what is wrong with it, one line each."""

    messages: int = 0
    accepted: int = 0
    given_up: int = 0
    duplicates: int = 0
    slow: int = 0
    broken: int = 0
    redelivered: int = 0
    late: int = 0
    pushed: int = 0
    once: int = 0
    unsent: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """Each kind of harm with how often it was found and the first of it."""
        return [
            f"{len(lines)} × {what}, e.g. {'; '.join(lines[:_EXAMPLES])}"
            for what, lines in self.found.items()
        ]

    def complain(self, what: str, found: Iterable[str]) -> None:
        """Note what was found."""
        if lines := list(found):
            self.found.setdefault(what, []).extend(lines)


def sender_key(openid: str) -> str:
    """The name under which the product keeps a person, written down once more."""
    return hmac.new(SECRET_KEY.encode(), openid.encode(), hashlib.sha256).hexdigest()[:40]


def message_key(message: Message) -> str:
    """The key of a message in table `deliveries`, written down once more."""
    digest = hashlib.sha256(str(message.message_id).encode()).hexdigest()[:32]
    return f"{sender_key(message.openid)}:{digest}"


def judged(server: Server, crowd: Crowd, pushed: dict[str, list[str]]) -> Verdict:
    """Hold what was sent and shown against what the database says; `pushed` are the 客服 texts of each person."""
    verdict = Verdict()
    everything = [sent for sent in crowd.everything if sent.said.text != CONTINUE]
    done = dict(server.rows("SELECT message_key, done FROM deliveries"))
    accepted = [sent for sent in everything if message_key(sent.shown.message) in done]
    refused = [sent for sent in everything if message_key(sent.shown.message) not in done]
    gone = [sent for sent in refused if sent.shown.fault and sent.broken]
    verdict.messages, verdict.accepted, verdict.given_up = len(everything), len(accepted), len(gone)
    verdict.duplicates = sum(len(sent.duplicates) for sent in everything)
    verdict.slow = sum(sent.said.slow for sent in everything)
    verdict.broken = sum(sent.broken for sent in everything)
    verdict.redelivered = sum(len(sent.shown.deliveries) > 1 for sent in everything)
    verdict.late = sum(_is_late(sent) for sent in accepted)
    verdict.pushed = sum(map(len, pushed.values()))
    verdict.complain("message without a row that was not given up", _texts(refused, gone))
    unfinished = [sent for sent in accepted if not done[message_key(sent.shown.message)]]
    verdict.complain("accepted message that is not done", _texts(unfinished))
    faults = [sent for sent in everything if sent.shown.fault and not sent.broken]
    verdict.complain("fault that the user saw without a kill", _texts(faults))
    apologies = [sent for sent in everything if sent.shown.text in (FAILURE, TOO_FAST)]
    verdict.complain("apology in place of an answer", _texts(apologies))
    verdict.complain(
        "duplicate with another reply", _differing(everything, safe=bool(server.account.aes_key))
    )
    events = server.events()
    for openid, line in crowd.sent.items():
        told = events.get(sender_key(openid), [])
        mine = [sent for sent in accepted if sent.shown.message.openid == openid]
        _acted_once(verdict, mine, told)
        _in_order(verdict, mine, told)
        _shown_once(verdict, mine, line, pushed.get(openid, []), told)
    return verdict


def _texts(found: Iterable[Sent], without: Sequence[Sent] = ()) -> list[str]:
    return [f"{sent.said.text} {_how(sent)}" for sent in found if sent not in without]


def _how(sent: Sent) -> str:
    return "/".join(delivery.outcome.name for delivery in sent.shown.deliveries)


def _is_late(sent: Sent) -> bool:
    """Whether the answer itself was not the reply."""
    return sent.shown.fault or sent.shown.text in ("", HOLDING)


def _differing(everything: Iterable[Sent], *, safe: bool) -> list[str]:
    """Duplicates that were answered otherwise; in safe mode each sealing differs, so the texts are compared."""

    def content(delivery: Delivery) -> object:
        return delivery.text if safe else delivery.body

    found = []
    for sent in everything:
        answered = [
            one for one in (sent.shown.deliveries[-1], *sent.duplicates) if one.outcome is Outcome.ANSWERED
        ]
        if len({content(one) for one in answered}) > 1:
            found.append(sent)
    return _texts(found)


def _acted_once(verdict: Verdict, mine: Sequence[Sent], told: Sequence[dict[str, Any]]) -> None:
    """As many events of the person as messages that got through, each text once."""
    heard = Counter(event["text"] for event in told if event["event"] == "user")
    heard.pop(CONTINUE, None)
    wanted = Counter(sent.said.text for sent in mine)
    verdict.complain("message acted on more than once or never sent", (heard - wanted).elements())
    verdict.complain("accepted message that was not acted on", (wanted - heard).elements())


def _in_order(verdict: Verdict, mine: Sequence[Sent], told: Sequence[dict[str, Any]]) -> None:
    """A message comes before those that began after it, unless a later delivery was the first that arrived.

    After a kill that is so, and where a server is so busy that it reads nothing within five seconds.
    """
    texts = [event["text"] for event in told if event["event"] == "user"]
    places = {text: place for place, text in enumerate(texts)}
    known = [sent for sent in mine if sent.said.text in places and not (sent.broken or sent.shown.fault)]
    turned = [
        f"{later.said.text} before {earlier.said.text}"
        for earlier, later in pairwise(known)
        if places[later.said.text] < places[earlier.said.text]
        and (earlier.said.slow or len(earlier.shown.deliveries) == 1 or later.began > earlier.ended)
    ]
    verdict.complain("pair of messages acted on in the wrong order", turned)


def _shown_once(
    verdict: Verdict,
    mine: Sequence[Sent],
    line: Sequence[Sent],
    pushed: Sequence[str],
    told: Sequence[dict[str, Any]],
) -> None:
    """What the assistant said to each message was shown as often as it was said: an answer is a text, told by its text."""
    answers: dict[str, list[str]] = {}
    asked = ""
    for event in told:
        if event["event"] == "user":
            asked = event["text"]
        elif event.get("text"):
            answers.setdefault(asked, []).append(_bare(event["text"]))
    shown = "".join(_joined(sent.shown.text) for sent in line if not sent.shown.fault)
    shown += "".join("\0" + _bare(text) for text in pushed)
    said = "\0".join(text for texts in answers.values() for text in texts)
    # How often each text was shown too often, or (below 0) not at all.
    off = {text: shown.count(text) - said.count(text) for texts in answers.values() for text in texts}
    # Where several messages have one answer and it is missing once, those whose deliveries all broke are the ones.
    for sent in sorted(mine, key=lambda sent: not _was_given_up(sent)):
        texts = answers.get(sent.said.text, [])
        wrong = [text for text in texts if off[text]]
        if texts and not wrong:
            verdict.once += 1
            continue
        missing = any(off[text] < 0 for text in wrong)
        for text in wrong:
            off[text] += 1 if off[text] < 0 else -1
        if missing and _was_given_up(sent):
            # ADR 0011: stored, killed before it was sent, and WeChat gave up before the restart.
            verdict.unsent += 1
            continue
        what = "never shown" if missing else "shown twice" if wrong else "without an answer"
        verdict.complain(f"answer {what}", [f"{sent.said.text} {_how(sent)}"])


def _was_given_up(sent: Sent) -> bool:
    return sent.shown.fault and all(one.outcome is Outcome.BROKEN for one in sent.shown.deliveries)


def _joined(text: str) -> str:
    """A shown text, set apart from the one before it unless it goes on where that ended."""
    return _bare(text) + ("" if CONTINUE_LINK in text else "\0")


def _bare(text: str) -> str:
    return _SPACE.sub("", text.replace(CONTINUE_LINK, ""))
