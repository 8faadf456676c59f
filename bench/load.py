"""The load generator, a process of its own: so many users, each sends the next message when the last is answered.

python -m bench.load JOB.json RESULT.json

Messages are signed and encrypted before the clock starts and replies are opened after it has stopped, so that what is
timed is the server. A reply counts when it can be decrypted, is addressed to its user and says something.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.messages import Conversation
from bot.channels.wechat.errors import ProtocolError
from bot.channels.wechat.protocol import PREFIX_BYTES, SafeMode, is_signed, read_xml, sign, write_xml
from bot.channels.wechat.replies import FAILURE, HOLDING

# The account of the benchmark; it opens nothing.
TOKEN, APP_ID, ACCOUNT = "benchmark", "wx0123456789abcdef", "gh_benchmark"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WECHAT, REST = "wechat", "rest"
PATHS = {WECHAT: "/webhooks/wechat/webhook", REST: "/webhooks/rest/webhook"}
# Far beyond the 5 s that WeChat waits: a slow answer is to be measured, not lost.
_PATIENCE = 120
_SHOWN_FAILURES = 3


class Unanswered(Exception):
    """A reply that no user could do anything with."""


@dataclass(frozen=True)
class Job:
    """What to send where. Goes on for ``seconds`` and ``messages`` (the later), ``longest`` seconds at most."""

    channel: str
    address: str
    conversations: Sequence[Conversation]
    users: int = 1
    seconds: float = 0
    messages: int = 0
    longest: float = 600


@dataclass(frozen=True)
class Load:
    """What came of a job: seconds for each answered message in the order of the answers, and the texts sent."""

    latencies: list[float]
    failed: int
    failures: list[str]
    seconds: float
    sent: list[str]
    # The part of the replies, a fraction of 1, that were one and the same sentence.
    commonest: float
    # The part of the time, a fraction of 1, that this process itself was busy: near 1 it is what was measured.
    busy: float = 0


@dataclass(frozen=True)
class Request:
    """One message ready to be sent, and how its reply is read."""

    text: str
    address: str
    body: bytes
    read: Callable[[bytes], str] = field(repr=False)


def requests(channel: str, address: str, conversations: Sequence[Conversation]) -> Iterator[list[Request]]:
    """The messages of each conversation, each by a user of its own."""
    run, numbers = secrets.token_hex(4), itertools.count(1)
    write = _wechat if channel == WECHAT else _rest
    for number, talk in enumerate(conversations):
        yield [write(address + PATHS[channel], f"{run}-{number}", text, run, next(numbers)) for text in talk]


def _rest(address: str, user: str, text: str, run: str, number: int) -> Request:
    def read(reply: bytes) -> str:
        said = "\n".join(message.get("text") or "" for message in json.loads(reply)).strip()
        if not said:
            raise Unanswered("the list of messages is empty")
        return said

    return Request(text, address, json.dumps({"sender": user, "message": text}).encode(), read)


def _wechat(address: str, user: str, text: str, run: str, number: int) -> Request:
    safe = SafeMode.from_text(AES_KEY, APP_ID)
    stamp = str(int(time.time()))
    nonce = f"{run}{number}"
    xml = write_xml(
        {
            "ToUserName": ACCOUNT,
            "FromUserName": f"o{user}",
            "CreateTime": int(stamp),
            "MsgType": "text",
            "Content": text,
            "MsgId": int(run, 16) * 1_000_000 + number,
        }
    )
    sealed = safe.encrypt(xml, secrets.token_bytes(PREFIX_BYTES))
    query = {
        "signature": sign(TOKEN, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": f"o{user}",
        "encrypt_type": "aes",
        "msg_signature": sign(TOKEN, stamp, nonce, sealed),
    }
    body = write_xml({"ToUserName": ACCOUNT, "Encrypt": sealed}).encode()
    return Request(
        text, f"{address}?{urlencode(query)}", body, lambda reply: _opened(safe, reply, f"o{user}")
    )


def _opened(safe: SafeMode, reply: bytes, user: str) -> str:
    """The content of an encrypted reply to a user; raises :class:`Unanswered`."""
    try:
        outer = read_xml(reply)
        sealed = outer["Encrypt"]
        signed = (outer["TimeStamp"], outer["Nonce"], sealed)
        inner = read_xml(safe.decrypt(sealed))
    except (ProtocolError, KeyError) as error:
        raise Unanswered(f"the reply cannot be opened: {reply[:80]!r}") from error
    if not is_signed(outer.get("MsgSignature", ""), TOKEN, *signed) or inner.get("ToUserName") != user:
        raise Unanswered("the reply is not signed, or for somebody else")
    said = inner.get("Content", "").strip()
    if not said or said.startswith((FAILURE, HOLDING)):
        raise Unanswered(said or "the reply is empty")
    return said


def run_load(job: Job) -> Load:
    """Run a job in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-load-") as folder:
        given, result = Path(folder) / "job.json", Path(folder) / "result.json"
        given.write_text(json.dumps(asdict(job), ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "bench.load", str(given), str(result)]
        # A session of its own: Ctrl-C reaches the benchmark alone, which then ends this process.
        subprocess.run(command, check=True, cwd=Path(__file__).parents[1], start_new_session=True)  # noqa: S603
        return Load(**json.loads(result.read_text(encoding="utf-8")))


@dataclass
class _Sending:
    """The users at work. ``answers``: the request, the seconds, and the reply with its status or what went wrong."""

    job: Job
    waiting: deque[list[Request]]
    answers: list[tuple[Request, float, bytes | str]] = field(default_factory=list)
    started: float = 0

    async def run(self) -> tuple[float, float]:
        """Send everything that is to be sent; the seconds it took, and those this process was busy."""
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        connector = aiohttp.TCPConnector(limit=0)
        headers = {"Content-Type": "text/xml" if self.job.channel == WECHAT else "application/json"}
        async with aiohttp.ClientSession(timeout=timeout, connector=connector, headers=headers) as client:
            self.started, busy = time.perf_counter(), time.process_time()
            await asyncio.gather(*(self._user(client) for _ in range(self.job.users)))
            return time.perf_counter() - self.started, time.process_time() - busy

    async def _user(self, client: Any) -> None:
        while self.waiting and not self._is_enough():
            for request in self.waiting.popleft():
                began = time.perf_counter()
                reply = await _reply(client, request)
                self.answers.append((request, time.perf_counter() - began, reply))
                if self._is_enough():
                    return

    def _is_enough(self) -> bool:
        passed = time.perf_counter() - self.started
        done = len(self.answers) >= self.job.messages and passed >= self.job.seconds
        return passed >= self.job.longest or (done and bool(self.job.messages or self.job.seconds))


async def _reply(client: Any, request: Request) -> bytes | str:
    """The body of a reply, or what went wrong as text."""
    import aiohttp
    from yarl import URL

    try:
        async with client.post(URL(request.address, encoded=True), data=request.body) as response:
            body: bytes = await response.read()
            return body if response.status == 200 else f"status {response.status}: {body[:80]!r}"
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        return f"{type(error).__name__}: {error}"


def judge(answers: Sequence[tuple[Request, float, bytes | str]], seconds: float) -> Load:
    """What the replies are worth."""
    latencies, failures, said = [], [], Counter[str]()
    for request, took, reply in answers:
        try:
            said[_read(request, reply)] += 1
            latencies.append(took)
        except (Unanswered, ValueError) as failure:
            failures.append(f"“{request.text[:40]}”: {failure}")
    commonest = max(said.values(), default=0) / max(1, len(latencies))
    sent = [request.text for request, _, _ in answers]
    return Load(latencies, len(failures), failures[:_SHOWN_FAILURES], seconds, sent, commonest)


def _read(request: Request, reply: bytes | str) -> str:
    if isinstance(reply, str):
        raise Unanswered(reply)
    return request.read(reply)


def main() -> None:
    """Read the job, do it, write what came of it."""
    import uvloop

    given, result = map(Path, sys.argv[1:])
    job = Job(**json.loads(given.read_text(encoding="utf-8")))
    sending = _Sending(job, deque(requests(job.channel, job.address, job.conversations)))
    # The many prepared messages are not to be looked through again and again while the clock runs.
    gc.freeze()
    uvloop.install()
    seconds, busy = asyncio.run(sending.run())
    load = replace(judge(sending.answers, seconds), busy=busy / seconds)
    result.write_text(json.dumps(asdict(load), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
