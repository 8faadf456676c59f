"""The long runs against the really spawned server: messages with kills, model swaps under load, and fuzzed bodies.

`make soak` runs them all and prints one table; `tests/soak/test_soak.py` is a bounded version of it. Each part gives
its figures and, in `wrong`, what must not have happened.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.wechat.replies import FAILURE, HOLDING
from tests.fake_wechat.api import SECRET, FakeWeChatApi
from tests.fake_wechat.pusher import Pusher, opens_quota
from tests.soak.crowd import Crowd, Said, Sent, planned
from tests.soak.server import Server, serving, until
from tests.soak.verdict import Verdict, judged

# WeChat lets so many seconds pass between two deliveries.
_APART = 5.0
# Of slow turns: some are answered by the second delivery, some by the third, and some come too late for all.
_SLOW = (7, 18, 12, 20, 9, 6, 16, 14)
# What a killed process left is answered when its deliveries are over (15 s), its lease too (6 s), and somebody looks
# (every 10 s).
_LEFT_BEHIND_S = 90
# More than this much more memory after the second swap, or after the first bodies, is growth.
_GROWTH = 1.25
_SWAP_PEOPLE, _BETWEEN_SWAPS_S = 40, 2.0
_TRACE = "Traceback (most recent call last)"


@dataclass
class Part:
    """The figures of one part, by name, and what is wrong."""

    name: str
    figures: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """How the messages are sent. `kills`: how the server comes back each time, "spare" within seconds, or "cold"."""

    name: str
    messages: int
    people: int
    rate: float
    kills: Sequence[str] = ("spare",)
    safe: bool = False
    push: bool = False
    workers: int = 1
    redis_url: str = ""
    # Swaps of the model afterwards, on the same server.
    swaps: int = 0
    seed: int = 1


async def messages(run: Run) -> Part:
    """Send the messages, kill the server on the way, and judge what became of each."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        api = await stack.enter_async_context(FakeWeChatApi()) if run.push else None
        server = await stack.enter_async_context(
            serving(
                folder,
                safe=run.safe,
                workers=run.workers,
                redis_url=run.redis_url,
                api=api.base if api else "",
                secret=SECRET if api else "",
            )
        )
        heard = opens_quota(api) if api else None
        wechat = await stack.enter_async_context(
            Pusher(server.account, server.webhook, apart=_APART, heard=heard)
        )
        if "spare" in run.kills:
            server.prepare()
        await server.start()
        slow = [_SLOW[number % len(_SLOW)] for number in range(max(2, run.messages // 100))]
        crowd = Crowd(wechat, planned(run.messages, run.people, slow, run.seed), run.rate)
        memory = server.memory
        began = time.monotonic()
        running = asyncio.create_task(crowd.run())
        down = [await _killed(server, crowd, run, number) for number in range(len(run.kills))]
        await running
        seconds = time.monotonic() - began
        grown, used = server.memory, server.processor
        await _collected(server, crowd)
        pushed = {openid: api.texts(openid) for openid in crowd.sent} if api else {}
        verdict = judged(server, crowd, pushed)
        part = Part(run.name, _figures(verdict, crowd, seconds, down), verdict.wrong)
        if run.swaps:
            await _swapping(part, server, wechat, run.swaps, run.rate)
        part.figures["server's CPU ms per message"] = f"{used * 1000 / verdict.messages:.0f}"
        part.figures["memory MB, start → end"] = f"{memory:.0f} → {grown:.0f}"
        if _TRACE in server.log:
            part.wrong.append(f"traceback in the log: {server.log.partition(_TRACE)[2][-1500:]}")
        return part


async def _killed(server: Server, crowd: Crowd, run: Run, number: int) -> float:
    """Kill at an even share of the messages, and serve again; gives for how long nobody served."""
    await crowd.reached(run.messages * (number + 1) // (len(run.kills) + 1))
    if run.workers > 1:
        server.kill()
        return 0.0
    cold = run.kills[number] == "cold"
    if cold:
        # A cold start takes longer than WeChat tries: only what is under way is to be lost to it.
        crowd.pause()
    else:
        await server.prepared()
    killed = time.monotonic()
    server.kill()
    await server.replace()
    down = time.monotonic() - killed
    crowd.resume()
    if "spare" in run.kills[number + 1 :]:
        server.prepare()
    return down


async def _collected(server: Server, crowd: Crowd) -> None:
    """Let what a kill left be answered, then let everybody write once more for whom an answer waits."""
    unfinished = "SELECT count(*) FROM deliveries WHERE NOT done OR NOT told"
    await until(lambda: server.rows(unfinished) == [(0,)], _LEFT_BEHIND_S)
    waiting = "SELECT sender_key FROM waiting_answers WHERE late != ''"
    if not server.rows(waiting):
        return
    late = [openid for openid, line in crowd.sent.items() if any(_unanswered(sent) for sent in line)]
    for openid in late:
        await crowd.finish(openid, Said(f"谢谢您（{openid}）"))


def _unanswered(sent: Sent) -> bool:
    return sent.shown.fault or sent.shown.text in ("", HOLDING)


def _figures(verdict: Verdict, crowd: Crowd, seconds: float, down: Sequence[float]) -> dict[str, str]:
    usual = [sent.shown.seconds for sent in crowd.everything if not (sent.said.slow or sent.broken)]
    lost = verdict.accepted - verdict.once - verdict.unsent
    return {
        "messages": f"{verdict.messages} from {len(crowd.sent)} people in {seconds:.0f} s",
        "accepted": str(verdict.accepted),
        "answered once": str(verdict.once),
        "lost or twice": str(lost),
        "duplicates": str(verdict.duplicates),
        "slow": str(verdict.slow),
        "killed": f"{len(down)}, back after {', '.join(f'{one:.0f} s' for one in down)}",
        "broken by a kill": str(verdict.broken),
        "delivered again": str(verdict.redelivered),
        "late": f"{verdict.late}, pushed {verdict.pushed}",
        "WeChat gave up": str(verdict.given_up),
        "killed before sent, given up": str(verdict.unsent),
        "p50, p99 ms": f"{_part(usual, 0.5):.0f}, {_part(usual, 0.99):.0f}",
    }


def _part(seconds: Sequence[float], share: float) -> float:
    """The quantile, in ms."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


async def swaps(count: int, rate: float) -> Part:
    """Swap the model so often under a steady load; nobody is to notice, and memory is to stay."""
    part = Part("swaps")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        server = await stack.enter_async_context(serving(folder))
        wechat = await stack.enter_async_context(Pusher(server.account, server.webhook, apart=_APART))
        await server.start()
        await _swapping(part, server, wechat, count, rate)
        if _TRACE in server.log:
            part.wrong.append(f"traceback in the log: {server.log.partition(_TRACE)[2][-1500:]}")
    return part


async def _swapping(part: Part, server: Server, wechat: Pusher, count: int, rate: float) -> None:
    """Swap the model of a running server under a load of its own, and add the figures."""
    plan = planned(int(rate * 3600), _SWAP_PEOPLE, (), seed=2)
    crowd = Crowd(wechat, {openid: [Said(said.text) for said in line] for openid, line in plan.items()}, rate)
    running = asyncio.create_task(crowd.run())
    # The steady load before, to compare with.
    await asyncio.sleep(2 + count)
    memory, windows = [server.memory], []
    for number in range(1, count + 1):
        windows.append(await _swapped(server, number))
        await asyncio.sleep(_BETWEEN_SWAPS_S)
        memory.append(server.memory)
    crowd.stop()
    await running
    _weigh(part, crowd, windows, memory)


async def _swapped(server: Server, number: int) -> tuple[float, float]:
    """Swap once; gives from when to when it went on."""
    before, began = server.log.count(" is in use."), time.monotonic()
    name = server.swap(number)
    if not await until(lambda: server.log.count(" is in use.") > before, 120):
        raise RuntimeError(f"{name} was not taken into use:\n{server.log}")
    return began, time.monotonic()


def _weigh(part: Part, crowd: Crowd, windows: Sequence[tuple[float, float]], memory: Sequence[float]) -> None:
    """The figures of the swaps."""
    sent = crowd.everything
    failed = [one for one in sent if one.shown.kind != "text" or one.shown.text in (HOLDING, FAILURE)]
    again = [one for one in sent if len(one.shown.deliveries) > 1]
    during = {id(one) for one in sent for start, end in windows if one.began < end and one.ended > start}
    swapping = [one.shown.seconds for one in sent if id(one) in during]
    # The first seconds of a server are slower than all others.
    usual = [one.shown.seconds for one in sent[len(sent) // 20 :] if id(one) not in during]
    took = [end - start for start, end in windows]
    part.figures |= {
        "swaps": f"{len(windows)}, {min(took):.1f} to {max(took):.1f} s each",
        "messages beside swaps": f"{len(sent)}, {len(swapping)} of them during a swap",
        "failed": str(len(failed)),
        "delivered again beside swaps": str(len(again)),
        "p50, p99 ms without a swap": f"{_part(usual, 0.5):.0f}, {_part(usual, 0.99):.0f}",
        "p50, p99 ms during a swap": f"{_part(swapping, 0.5):.0f}, {_part(swapping, 0.99):.0f}",
        "memory MB over the swaps": " → ".join(f"{one:.0f}" for one in memory),
    }
    if failed:
        part.wrong.append(f"{len(failed)} messages failed, e.g. {failed[0].shown}")
    if max(memory[2:]) > memory[2] * _GROWTH:
        part.wrong.append(f"memory grows over the swaps: {part.figures['memory MB over the swaps']}")


async def fuzz(count: int) -> Part:
    """Post so many fuzzed bodies; each gets a reply or one plain line, and nothing else happens."""
    from tests.soak.bodies import post_all  # noqa: PLC0415 - hypothesis is needed here alone

    part = Part("fuzz")
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        async with serving(Path(folder)) as server:
            await server.start()
            began = time.monotonic()
            statuses, memory = await asyncio.to_thread(post_all, server, count)
            part.figures = {
                "bodies": f"{sum(statuses.values())} in {time.monotonic() - began:.0f} s",
                "statuses": ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items())),
                "memory MB": " → ".join(f"{one:.0f}" for one in memory),
            }
            worst = [status for status in statuses if status not in (200, 400, 403, 413)]
            if worst:
                part.wrong.append(f"answered with {worst}")
            if _TRACE in server.log or "webhook failed" in server.log:
                part.wrong.append(f"trouble in the log: {server.log[-1500:]}")
            settled = memory[len(memory) // 4]
            if max(memory) > settled * _GROWTH:
                part.wrong.append(f"memory grows: {part.figures['memory MB']}")
    return part
