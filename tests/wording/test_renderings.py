"""The script, the SMS and the WeChat text say what the answer says: no figure of their own, and none without its condition.

The properties hold for every answer of knowledge/faq.md, and for the results of both tools over a grid of facts.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.faq import Answer, Topic
from bot.knowledge.places import GENERAL
from bot.services.staff_tools import StaffTools
from bot.text.figures import figures_in
from bot.wording import answers
from bot.wording.renderings import Message, render, sms, split_source, spoken, wechat
from bot.wording.sms import EACH_PART, MOST_PARTS, ONE_PART, counted
from bot.wording.spoken import telephone_in_groups
from tests.wording.conftest import KNOWLEDGE, TODAY

BASE = load_knowledge(KNOWLEDGE)
ALL = [(topic, answer) for topic in BASE.faq.values() for answer in topic.answers]
TELEPHONE = re.compile(r"(?<!\d)\d{3,4}-\d{5,8}(?!\d)")
HAN = re.compile(r"[\u4e00-\u9fff]")
STOPS_SHORT = "没写完，其余内容和条件请打"
NOTHING_KEPT = "要看具体情况，短信写不下。"


def message_of(topic: Topic, answer: Answer) -> Message:
    """The answer for the caller it is meant for: 通用 for somebody of 无锡, with the caveat."""
    place = BASE.places.named(answer.place)
    name, hotline = (place.name, place.hotline) if place is not None else ("无锡", "12393")
    return Message(
        question=topic.question,
        body=answer.body,
        place=name,
        hotline=hotline,
        caveat=answers.general_caveat(name, hotline, "zh") if answer.place == GENERAL else "",
        documents=tuple(dict.fromkeys(BASE.sources.document_of(s).short for s in answer.sources)),
        checked_on=answer.checked_on,
        source_line=f"依据：某材料（核对于 {answer.checked_on}）",
    )


def tool_messages() -> list[Message]:
    """What both tools say to a grid of facts, as the console renders it."""
    tools = StaffTools(lambda: BASE, lambda: TODAY, None)
    grid: dict[str, tuple[str, ...]] = {
        "insured_place": ("", "江苏/无锡", *BASE.places.by_id),
        "insurance": ("", "employee", "resident"),
        "category": ("", "temporary", "referral", "long_term_resident"),
        "filed": ("", "no"),
        "care_place": ("", "浙江/嘉兴"),
        "cost": ("", "2000~4321"),
    }
    found = []
    for values in product(*grid.values()):
        facts = dict(zip(grid, values, strict=True)) | {"home_share": "77%", "hospital_level": "tertiary"}
        for result in (tools.check(facts, TODAY), tools.estimate(facts, TODAY)):
            body, line = split_source(result.text)
            place = result.place or ""
            documents = tuple(dict.fromkeys(clause.short for clause in result.clauses))
            found.append(Message(body, result.hotline, place, "", "", documents, result.checked_on, line))
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def told() -> list[Message]:
    """Every answer and every tool's result of the grid."""
    return [*(message_of(topic, answer) for topic, answer in ALL), *tool_messages()]


def figures(text: str) -> set[str]:
    """The figures of a text, and every run of digits in it, whatever its unit, so that none slips through."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return {*figures_in(plain), *re.findall(r"\d+(?:\.\d+)?", plain)}


def allowed(message: Message) -> set[str]:
    """What a rendering may state: the figures of the message, the hotline, the day it was checked."""
    day = message.checked_on
    dated = f"{day} {day.year} 年 {day.month} 月 {day.day} 日" if day is not None else ""
    return figures(
        "\n".join([message.body, message.caveat, message.hotline, "12393", *message.documents, dated])
    )


def ungrouped(text: str, message: Message) -> str:
    """The script with its telephones as they are written."""
    for number in sorted(set(TELEPHONE.findall(message.body + message.caveat + message.hotline)), key=len):
        text = text.replace(telephone_in_groups(number), number)
    return text


def han(text: str) -> str:
    """The Chinese characters alone."""
    return "".join(HAN.findall(text))


def is_within(needle: str, hay: str) -> bool:
    """Whether all characters of the one stand in the other in the same order."""
    rest = iter(hay)
    return all(character in rest for character in needle)


def sentences(text: str) -> list[str]:
    """The Chinese characters of each sentence and line, by a cut of the test's own."""
    return [han(part) for part in re.split(r"[。！？\n]", text) if han(part)]


# Every answer


def test_all_answers_are_looked_at(told: list[Message]) -> None:
    assert len(ALL) >= 319
    assert len(told) > len(ALL) + 70


def test_every_figure_of_the_script_stands_in_the_message(told: list[Message]) -> None:
    for message in told:
        script = ungrouped(spoken(message), message)
        assert figures(script) <= allowed(message), script


def test_every_figure_of_the_sms_stands_in_the_message(told: list[Message]) -> None:
    for message in told:
        assert figures(sms(message).text) <= allowed(message), sms(message).text


def test_the_wechat_text_is_the_message_with_caveat_and_source(told: list[Message]) -> None:
    for message in told:
        text = wechat(message)
        assert text.startswith(message.caveat)
        assert message.body in text
        assert text.endswith(message.source_line)


def test_the_script_leaves_nothing_out(told: list[Message]) -> None:
    for message in told:
        script = ungrouped(spoken(message), message)
        # 手工（零星）报销 is read with one of its two names.
        body = message.body.replace("（零星）", "")
        assert is_within(han(body), han(script)), script
        stated = [figure for figure in figures_in(re.sub(r"https?://\S+", "", message.body)) if figure]
        assert is_within_figures(stated, figures_in(script)), script


def is_within_figures(needle: list[str], hay: list[str]) -> bool:
    """Whether all figures of the one stand in the other in the same order."""
    rest = iter(hay)
    return all(figure in rest for figure in needle)


def test_the_script_can_be_read_aloud(told: list[Message]) -> None:
    for message in told:
        script = spoken(message)
        assert not re.search(r"\n|https?:|www|（|）|→|—|−|×|=|•|·\s|；", re.sub(r"“[^”]*”", "", script)), (
            script
        )
        assert not re.search(r"[，、：。；]{2}|^[，。]|：。", script), script
        assert script.endswith(("。", "！", "？"))


def test_the_script_opens_with_the_place_then_the_caveat_and_closes_with_the_source_and_the_day() -> None:
    for topic, answer in ALL:
        message = message_of(topic, answer)
        script = spoken(message)
        assert script.startswith(f"{message.place}参保的，")
        after = script.removeprefix(f"{message.place}参保的，")
        assert after.startswith("我手上无锡的材料没有写这一点。") == (answer.place == GENERAL)
        assert script.endswith(f"以上依据{'和'.join(message.documents)}，2026 年 11 月 22 日核对过。")


def test_an_sms_is_counted_as_it_is_paid_and_has_at_most_three_parts(told: list[Message]) -> None:
    for message in told:
        short = sms(message)
        assert short.characters == len(short.text)
        assert short.parts == (1 if short.characters <= 70 else -(-short.characters // 67))
        assert 1 <= short.parts <= MOST_PARTS
        assert "\n" not in short.text


def test_an_sms_that_is_not_cut_leaves_nothing_out(told: list[Message]) -> None:
    whole = [message for message in told if not sms(message).cut]
    assert len(whole) > len(ALL) * 3 // 4
    for message in whole:
        short = sms(message)
        body = without_working(message.body)
        assert is_within(han(message.caveat + body), han(short.text)), short.text
        assert set(figures_in(re.sub(r"(?<=\d),(?=\d{3})", "", body))) <= figures(short.text)
        assert STOPS_SHORT not in short.text


def without_working(body: str) -> str:
    """A tool's message without the steps of the sum, of which only the readings (indented) have to be told."""
    lines, inside = [], False
    for line in body.splitlines():
        inside = line == "怎么算的：" or (inside and re.match(r"\d+\. |   ", line) is not None)
        reading = inside and line.startswith("   ") and not lines_before_is_ceiling(lines)
        if not inside or reading:
            lines.append(line)
        elif inside and line.startswith(tuple("123456789")):
            lines.append(CEILING if "没超过一年最多" in line else "")
    kept = [line for line in lines if line and line != CEILING]
    return "\n".join(kept).replace("不对请告诉我。", "")


CEILING = "\ufffc"


def lines_before_is_ceiling(lines: list[str]) -> bool:
    """Whether the step before is the one of a ceiling that was not reached."""
    return bool(lines) and lines[-1] == CEILING


def test_an_sms_that_is_cut_says_so_and_where_the_rest_is_told(told: list[Message]) -> None:
    cut = [message for message in told if sms(message).cut]
    assert len(cut) > 20
    for message in cut:
        text = sms(message).text
        assert (f"{STOPS_SHORT}{message.hotline}。" in text) != (NOTHING_KEPT in text)
        assert re.search(rf"请打{message.hotline}(?:问清)?。$", text), text


def test_an_sms_that_is_cut_states_no_figure_so_that_none_can_miss_its_condition(told: list[Message]) -> None:
    """The year of a whole document is one of its conditions and stays; telephones are no figures of a rule."""
    for message in told:
        short = sms(message)
        if short.cut:
            left = short.text.replace(message.hotline, "").replace("12393", "")
            left = left.replace(message.caveat.replace(" ", ""), "").replace(f"“{message.question}”", "")
            left = re.sub(r"[^。]*月的说法[^。]*。", "", left)
            assert figures(TELEPHONE.sub("", left)) == set(), short.text


def test_an_sms_that_is_cut_keeps_the_first_sentences_whole(told: list[Message]) -> None:
    for message in told:
        short = sms(message)
        if not short.cut or NOTHING_KEPT in short.text:
            continue
        text = short.text.removeprefix(message.caveat.replace(" ", "")).removeprefix(f"{message.place}参保：")
        kept = han(
            re.sub(r"(?:[^。]*(?:月的说法|全国的一般规定)[^。]*。|如果是去[^。]*。)*没写完.*$", "", text)
        )
        body = message.body
        assert kept
        assert han(body).startswith(kept), short.text
        ends = ["".join(sentences(body)[:n]) for n in range(1, len(sentences(body)) + 1)]
        assert kept in ends, short.text


def test_an_sms_never_ends_in_the_middle_of_a_list(told: list[Message]) -> None:
    for message in told:
        short = sms(message)
        if short.cut:
            lines = message.body.splitlines()
            for line, following in pairwise(lines):
                items = [re.match(r"(?:[-·]|\d+[.、])\s*", text) for text in (line, following)]
                elsewhere = han("".join(other for other in lines if other != line))
                if all(items) and han(line) in han(short.text) and han(line) not in elsewhere:
                    assert han(following) in han(short.text), short.text


def test_the_age_of_a_document_is_said_in_every_rendering() -> None:
    for topic, answer in ALL:
        if "2019年8月的说法" in answer.body:
            found = render(message_of(topic, answer))
            for text in (found.spoken, found.wechat, found.sms.text):
                assert "2019年8月的说法" in text or NOTHING_KEPT in text


def test_a_general_answer_comes_after_its_caveat_in_every_rendering() -> None:
    for topic, answer in ALL:
        if answer.place == GENERAL:
            message = message_of(topic, answer)
            found = render(message)
            for text in (found.spoken.removeprefix("无锡参保的，"), found.wechat, found.sms.text):
                assert text.replace(" ", "").startswith(message.caveat.replace(" ", ""))


def test_the_sms_ends_with_the_hotline_where_the_answer_does_not_name_it(told: list[Message]) -> None:
    for message in told:
        short = sms(message)
        assert message.hotline in short.text
        if message.hotline not in message.body + message.caveat:
            assert re.search(rf"{message.hotline}(?:问清)?。$", short.text)


# Figures and their conditions, drawn at random

_RULES = st.lists(
    st.sampled_from(
        [
            "三级医院报 60%。",
            "一年最多报 300 元。",
            "报一半。",
            "报八成。",
            "要在 15 日内补齐证明。",
            "- 在职：70%",
            "- 退休：75%",
            "有效期三个月。",
        ]
    ),
    min_size=1,
    max_size=3,
)
_CONDITIONS = ["没备案的下降两成。", "只给职工医保用。", "但是急诊除外。", "居民的不能报。", "这些都不算数。"]
_PLAIN = [
    "请带上社保卡，到医院医保办窗口登记，工作人员会帮您把材料看一遍再收下。",
    "可以在手机上办，打开网页，一步步照着做，做完了等消息就行。",
]


@settings(deadline=None, max_examples=300, database=None)
@given(
    rules=_RULES,
    conditions=st.lists(st.sampled_from(_CONDITIONS), max_size=2, unique=True),
    plain=st.lists(st.sampled_from(_PLAIN), max_size=7),
    order=st.randoms(use_true_random=False),
)
def test_whatever_the_order_an_sms_with_a_figure_has_every_condition(
    rules: list[str], conditions: list[str], plain: list[str], order: object
) -> None:
    lines = [*rules, *conditions, *plain]
    order.shuffle(lines)  # type: ignore[attr-defined]
    body = "\n".join(lines)
    short = sms(Message(body=body, hotline="0517-12393", place="淮安", question="能报多少？"))
    if figures(TELEPHONE.sub("", short.text)) or "报一半" in short.text:
        assert not short.cut
        for line in lines:
            assert is_within(han(line), han(short.text))
    assert short.parts <= MOST_PARTS


# Examples


def message(body: str, **known: str) -> Message:
    """An answer of 淮安."""
    return Message(body=body, hotline="0517-12393", place="淮安", question="能报多少？", **known)  # type: ignore[arg-type]


def test_the_condition_that_comes_last_is_not_lost() -> None:
    filler = "请带上社保卡，到医院医保办窗口登记，工作人员会帮您看一遍材料。" * 8
    text = sms(message(f"看门诊报 60%。\n\n{filler}\n\n没备案的，比例下降 20%。")).text
    assert "60%" not in text
    assert "20%" not in text
    assert text.endswith("请打0517-12393问清。")
    first = sms(message(f"先备案。\n\n看门诊报 60%。\n\n{filler}\n\n没备案的，比例下降 20%。")).text
    assert first == "淮安参保：先备案。没写完，其余内容和条件请打0517-12393。"


def test_a_short_answer_is_one_part_that_ends_with_the_hotline() -> None:
    short = sms(message("备案一般 1 个工作日办好。"))
    assert short.text == "淮安参保：备案一般1个工作日办好。详询0517-12393。"
    assert (short.parts, short.cut) == (1, False)


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_parts_are_counted(length: int, parts: int) -> None:
    assert counted("字" * length).parts == parts
    assert (ONE_PART, EACH_PART, MOST_PARTS) == (70, 67, 3)


def test_a_character_beyond_the_basic_plane_counts_twice() -> None:
    assert counted("𠮷" * 35).characters == 70
    assert counted("𠮷" * 36).parts == 2


def test_lists_are_read_and_sent_without_their_marks() -> None:
    body = "要带两样：\n1. 身份证，或社保卡（原件）\n2. 转外就医证明\n\n在哪里办：\n- 窗口：当场办好\n- 网上"
    assert spoken(message(body)) == (
        "淮安参保的，要带两样：第一，身份证，或社保卡，原件。第二，转外就医证明。在哪里办：窗口：当场办好。网上。"
    )
    assert sms(message(body)).text == (
        "淮安参保：要带两样：①身份证，或社保卡（原件）；②转外就医证明。在哪里办：窗口：当场办好；网上。详询0517-12393。"
    )


def test_an_address_is_sent_but_not_read_aloud_and_a_menu_is_read_step_by_step() -> None:
    body = "1. 打开网站 http://ybj.jiangsu.gov.cn/index.html\n2. 依次点“医保公共服务—异地就医”。"
    assert spoken(message(body)) == (
        "淮安参保的，第一，打开网站，网址发短信给您。第二，依次点“医保公共服务”，再点“异地就医”。"
    )
    assert "http://ybj.jiangsu.gov.cn/index.html ；" in sms(message(body)).text


def test_signs_of_a_sum_are_read_as_words() -> None:
    body = "1. 3,500 元 − 起付线 600 元 = 2,900 元\n2. 2,900 元 × 报销比例 65% = 1,885 元"
    assert spoken(message(body)).endswith(
        "第一，3,500 元减去起付线 600 元，得 2,900 元。第二，2,900 元乘以报销比例 65%，得 1,885 元。"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [("0517-12393", "0517 12393"), ("0514-84601050", "0514 8460 1050"), ("025-86590920", "025 8659 0920")],
)
def test_telephones_are_read_in_groups(written: str, read: str) -> None:
    assert telephone_in_groups(written) == read
    assert spoken(message(f"请打 {written} 问清。")) == f"淮安参保的，请打 {read} 问清。"


def test_a_range_is_read_with_a_word() -> None:
    assert "预计 2 到 3 个工作日" in spoken(message("预计 2-3 个工作日。"))


def test_where_there_is_no_material_all_three_say_so() -> None:
    caveat = answers.not_covered("淮安", "0517-12393", "zh")
    found = render(Message(body="", hotline="0517-12393", place="淮安", caveat=caveat))
    assert found.wechat == caveat
    assert found.spoken == f"淮安参保的，{caveat.replace('0517-12393', '0517 12393')}"
    assert found.sms.text == "我手上淮安的材料没有写这一点，不能乱说。请打医保热线0517-12393问清。"


def test_without_a_place_nothing_is_opened_with_one() -> None:
    plain = replace(message("先备案。"), place="")
    assert spoken(plain) == "先备案。"
    assert sms(plain).text == "先备案。详询0517-12393。"


def test_the_source_and_the_day_are_one_short_clause() -> None:
    told = message("先备案。", documents=("淮安告知书", "云南问答"), checked_on=date(2026, 1, 2))  # type: ignore[arg-type]
    assert spoken(told) == "淮安参保的，先备案。以上依据淮安告知书和云南问答，2026 年 1 月 2 日核对过。"


def test_a_finished_message_is_parted_from_its_source_line() -> None:
    assert split_source("需要备案。\n\n依据：淮安告知书（核对于 2026-11-22）") == (
        "需要备案。",
        "依据：淮安告知书（核对于 2026-11-22）",
    )
    assert split_source("依据是跨省门诊的告知书。") == ("依据是跨省门诊的告知书。", "")


# The tools


def test_the_sms_of_an_estimate_keeps_the_sum_its_readings_and_what_it_takes_for_granted(
    base: KnowledgeBase,
) -> None:
    tools = StaffTools(lambda: base, lambda: TODAY, None)
    facts = {
        "insured_place": "huaian",
        "insurance": "employee",
        "status": "retired",
        "visit": "outpatient",
        "hospital_level": "tertiary",
        "category": "temporary",
        "cost": "3500",
    }
    short = tools.estimate(facts, TODAY).renderings.sms
    assert not short.cut
    # (3,500 − 600) × 65 % × 80 %
    assert "大约能报1508元，自己付1992元。" in short.text
    assert "“下降20%”按比例理解，即正常比例×0.8，不是减20个百分点。" in short.text
    assert "按这些来算：今年的起付线还没用过、今年还没报销过。" in short.text
    assert "2900元" not in short.text


def test_the_sms_of_a_check_names_the_papers_and_stops_before_the_first_figure(base: KnowledgeBase) -> None:
    tools = StaffTools(lambda: base, lambda: TODAY, None)
    facts = {"insured_place": "wujiang", "category": "referral", "care_place": "浙江/嘉兴"}
    short = tools.check(facts, TODAY).renderings.sms
    assert short.cut
    assert "②苏州市规定的定点医院开的转诊转院证明。" in short.text
    assert "1年" not in short.text
    # Whoever goes to 嘉善 need not file at all: that is not left out.
    assert "如果是去嘉善：不用备案" in short.text
