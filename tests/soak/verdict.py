"""What became of every message, from the database and from what the fake WeChat showed; each is told by its text."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
    wrong: list[str] = field(default_factory=list)

    def complain(self, what: str, found: Iterable[object]) -> None:
        """Note what was found, the first few of it."""
        lines = [str(one) for one in found]
        if lines:
            self.wrong.append(f"{len(lines)} × {what}, e.g. {'; '.join(lines[:_EXAMPLES])}")


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
    verdict.complain("duplicate with another reply", _differing(everything, safe=bool(server.account.aes_key)))
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
        answered = [one for one in (sent.shown.deliveries[-1], *sent.duplicates) if one.outcome is Outcome.ANSWERED]
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
    """A message comes before those that began after it, unless a kill threw it back to a later delivery."""
    texts = [event["text"] for event in told if event["event"] == "user"]
    places = {text: place for place, text in enumerate(texts)}
    known = [sent for sent in mine if sent.said.text in places and not (sent.broken or sent.shown.fault)]
    turned = [
        f"{later.said.text} before {earlier.said.text}"
        for earlier, later in zip(known, known[1:])  # noqa: B905 - neighbours
        if places[later.said.text] < places[earlier.said.text]
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
    for sent in mine:
        texts = answers.get(sent.said.text, [])
        missing = [text for text in texts if shown.count(text) < said.count(text)]
        twice = [text for text in texts if shown.count(text) > said.count(text)]
        if texts and not missing and not twice:
            verdict.once += 1
        elif missing and sent.broken and sent.shown.fault:
            # ADR 0011: stored, killed before it was sent, and WeChat gave up before the restart.
            verdict.unsent += 1
        else:
            what = "shown twice" if twice else "never shown" if texts else "without an answer"
            verdict.complain(f"answer {what}", [f"{sent.said.text} {_how(sent)}"])


def _joined(text: str) -> str:
    """A shown text, set apart from the one before it unless it goes on where that ended."""
    return _bare(text) + ("" if CONTINUE_LINK in text else "\0")


def _bare(text: str) -> str:
    return _SPACE.sub("", text.replace(CONTINUE_LINK, ""))
