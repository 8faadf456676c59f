"""A filing verdict in words: the outcome first, papers with their alternatives, the same in Chinese and English."""

from __future__ import annotations

import re

import pytest

from bot.channels.wechat.replies import CONTINUE_LINK, TEXT_LIMIT, split
from bot.knowledge.base import KnowledgeBase
from bot.policy.facts import CATEGORIES, Category
from bot.wording.language import Gloss, Language
from tests.wording.conftest import TODAY, Tell

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def parts_of(text: str) -> list[str]:
    """The WeChat messages that a text becomes, without the link to the next one."""
    parts = []
    while text:
        head, text = split(text)
        assert len(head.encode()) <= TEXT_LIMIT
        parts.append(head.removesuffix(CONTINUE_LINK).rstrip())
    return parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_fits_one_message_or_is_cut_at_the_end_of_a_line_or_sentence(
    tell_filing: Tell, base: KnowledgeBase, language: Language
) -> None:
    cases = [{"category": category} for category in CATEGORIES] + [{}, {"agent": True, "filed": False}]
    for place in base.places.by_id:
        for known in cases:
            text = tell_filing(place, language, **known)
            parts = parts_of(text)
            assert len(parts) <= 2 if language == "zh" else len(parts) <= 4
            assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text), "nothing is lost"
            for part in parts[:-1]:
                after = text[text.index(part) + len(part) :]
                assert after.startswith("\n") or part.endswith(tuple("。！？；….!?;”」』）)")), part[-30:]


@pytest.mark.parametrize("category", CATEGORIES)
def test_one_category_of_a_place_fits_one_chinese_message(
    tell_filing: Tell, base: KnowledgeBase, category: Category
) -> None:
    for place in base.places.by_id:
        assert len(parts_of(tell_filing(place, "zh", category=category))) == 1


def test_the_outcome_comes_first_and_the_papers_with_their_alternatives(tell_filing: Tell) -> None:
    lines = tell_filing("huaian", purpose="living", status="retired", household_moved=True).splitlines()
    assert lines[0] == "需要备案，类型是：异地安置退休人员（参保地淮安）。"
    assert lines[1:4] == [
        "要准备的材料：",
        "1. 医保电子凭证、有效身份证件、社保卡（任选一样）",
        "2. 居住证明、个人承诺书（任选一样）",
    ]


def test_english_keeps_the_official_chinese_names_in_brackets(tell_filing: Tell) -> None:
    said = tell_filing("huaian", "en", purpose="living", status="retired", household_moved=True)
    assert said.splitlines()[0] == (
        "You need to file (备案) as: resettled retiree (异地安置退休人员). Insured in 淮安."
    )
    assert "any one of: proof of residence (居住证明); signed personal promise (个人承诺书)" in said
    assert "(国家医保服务平台 APP)" in said


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_paper_and_channel_is_told_in_both_languages(
    tell_filing: Tell, base: KnowledgeBase, gloss: Gloss, category: Category
) -> None:
    for place_id in base.places.by_id:
        filing = base.policy_of(place_id).filing
        rule = filing.categories.get(category)
        papers = rule.papers.on(TODAY) if rule is not None and rule.papers is not None else None
        names = [name for row in (papers.value if papers and papers.value else ()) for name in row]
        for channel in filing.channels:
            found = channel.names.on(TODAY)
            if rule is not None and found is not None and found.value and channel.serves((category,)):
                names += found.value
        chinese, english = (tell_filing(place_id, language, category=category) for language in LANGUAGES)
        for name in names:
            assert name in chinese
            assert f"{gloss(name)} ({name})" in english


def test_an_english_verdict_is_english_but_for_names_and_brackets(tell_filing: Tell) -> None:
    for place in ("huaian", "wujiang", "nanjing", "gaoyou"):
        for category in CATEGORIES:
            said = tell_filing(place, "en", category=category)
            sentences = re.sub(r"\([^()]*[一-鿿][^()]*(?:\([^()]*\))?[^()]*\)|[一-鿿]{2,12}", "", said)
            assert len(re.findall(r"[一-鿿]", sentences)) == 0, said


@pytest.mark.parametrize(
    ("place", "known", "says"),
    [
        ("wujiang", {"care_area": "上海"}, "吴江参保的人到上海看病，不用备案"),
        ("wujiang", {"care_area": "浙江/嘉兴"}, "如果是去嘉善：不用备案"),
        ("wujiang", {"category": "referral"}, "有效期：1 年。"),
        ("wujiang", {"category": "temporary"}, "待遇：按原来结付比例的 80% 报销。"),
        ("wujiang", {"category": "long_term_resident"}, "承诺书："),
        ("huaian", {"lapsed": True}, "现在办不了备案。"),
        ("huaian", {"care_area": "江苏/淮安"}, "不用备案。淮安就在您参保的统筹区里"),
        ("gaoyou", {"category": "temporary"}, "高邮的材料里没有这一类"),
        ("xiamen", {"category": "referral"}, "材料：厦门的材料里没有写清单"),
        ("wujiang", {"category": "referral", "filed": True}, "您说已经备过案"),
        ("wujiang", {"emergency": True, "purpose": "visiting"}, "先看病救人要紧"),
        ("yunnan", {"category": "temporary"}, "没有这一类"),
    ],
)
def test_each_outcome_is_said_in_plain_words(
    tell_filing: Tell, place: str, known: dict[str, object], says: str
) -> None:
    assert says in tell_filing(place, **known)


def test_several_possible_categories_are_told_with_what_leads_to_each(tell_filing: Tell) -> None:
    said = tell_filing("wujiang", care_area="江苏/南京", purpose="living", status="retired")
    assert "· 已退休、户口也迁过去了 → " in said
    assert "· 长期住在那边、户口没迁 → " in said
    assert "单位派去" not in said
