"""The English of knowledge/english.yml: complete, nothing left over, and the figures those of the Chinese."""

from __future__ import annotations

import re
from calendar import month_name
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.english import load_english
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.faq import load_faq
from bot.knowledge.policy_files import load_policies, parameters_of
from bot.policy.parameters import Parameter, PlacePolicy

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"

# A telephone number counts as one figure; a percentage is another figure than the bare number.
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*(?:-\d+)*%?")
_GRADES = {"一级": "1级", "二级": "2级", "三级": "3级"}
_MONTHS = re.compile(rf"\b({'|'.join(month_name[1:])})(?= \d{{4}}\b)")
_UNITS = {
    "个工作日": "working day",
    "个月": "month",
    "个百分点": "percentage point",
    "小时": "hour",
    "分钟": "minute",
    "日": "day",
    "年": "year",
    "元": "yuan",
}
_WITH_UNIT = re.compile(rf"(\d[\d.,]*)\s*({'|'.join(_UNITS)})(?!\s*\d)")


@pytest.fixture(scope="module")
def english() -> Mapping[str, str]:
    """The real entries."""
    return load_english(KNOWLEDGE / "english.yml")


@pytest.fixture(scope="module")
def policies() -> dict[str, PlacePolicy]:
    """The real policy files."""
    return load_policies(KNOWLEDGE / "policy")


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value: itself, or those of its lists; a number or flag has none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


def _spoken_in(trail: str, parameter: Parameter[Any]) -> Iterator[str]:
    """The texts of a parameter; of ``local_area`` only the note, as its value is a path in divisions.yml."""
    for value in parameter.values:
        if not trail.endswith("local_area"):
            yield from _texts(value.value)
        yield from _texts(value.note)


def spoken(policy: PlacePolicy) -> set[str]:
    """Every text of a policy file that the two tools can speak."""
    texts = {text for trail, parameter in parameters_of(policy) for text in _spoken_in(trail, parameter)}
    texts.update(rule.name for rule in policy.filing.categories.values())
    texts.update(schedule.name for schedule in policy.schedules)
    return texts


def untranslated(policy: PlacePolicy, english: Mapping[str, str]) -> list[str]:
    """The spoken texts of a policy file without an English entry."""
    return sorted(spoken(policy) - set(english))


def figures(text: str) -> Counter[str]:
    """The figures of a text in either language: 三级 and grade-3 are both 3, 8 月 and August 2019 both 8."""
    for chinese, digit in _GRADES.items():
        text = text.replace(chinese, digit)
    text = _MONTHS.sub(lambda found: str(list(month_name).index(found[1])), text)
    return Counter(_FIGURE.findall(text))


def lost_units(chinese: str, english: str) -> list[str]:
    """The figures with a unit in the Chinese (``6 个月``) that the English does not give as ``6 month…``."""
    pairs = _WITH_UNIT.findall(chinese)
    wanted = [(n, _UNITS[unit]) for n, unit in pairs if unit != "年" or len(n) < 4]
    return [f"{n} {unit}" for n, unit in wanted if not re.search(rf"\b{re.escape(n)}[ -]{unit}", english)]


def test_every_text_the_tools_can_speak_has_an_english_entry(
    policies: dict[str, PlacePolicy], english: Mapping[str, str]
) -> None:
    missing = {place: untranslated(policy, english) for place, policy in policies.items()}
    assert {place: texts for place, texts in missing.items() if texts} == {}


def test_a_text_without_an_entry_is_found_in_papers_channels_names_rules_and_notes(
    policies: dict[str, PlacePolicy],
) -> None:
    found = set(untranslated(policies["huaian"], {}))
    paper, channel, time = "居住证明", "苏服办 APP", "当场办好"
    category, schedule = "异地转诊人员", "职工普通门诊"
    rule, note = "报销比例不降低", "按医保基金一年最多付 6000 元理解"
    assert {paper, channel, time, category, schedule, rule, note} <= found


def test_no_entry_is_left_over_from_an_older_policy_file_or_topic(
    policies: dict[str, PlacePolicy], english: Mapping[str, str]
) -> None:
    used = {text for policy in policies.values() for text in spoken(policy)}
    used |= {topic.question for topic in load_faq(KNOWLEDGE / "faq.md").values()}
    assert sorted(set(english) - used) == []


def test_the_english_has_the_figures_of_the_chinese_and_no_others(english: Mapping[str, str]) -> None:
    different = {chinese: text for chinese, text in english.items() if figures(chinese) != figures(text)}
    assert different == {}


def test_the_figures_keep_their_units(english: Mapping[str, str]) -> None:
    lost = {chinese: lost_units(chinese, text) for chinese, text in english.items()}
    assert {chinese: units for chinese, units in lost.items() if units} == {}


def test_a_changed_figure_or_unit_is_noticed() -> None:
    assert figures("按 80% 报销") != figures("80 of the share is paid")
    assert figures("请打 0514-84601050") != figures("please ask 0514-84601051")
    assert figures("2019 年 8 月的信") == figures("a letter of August 2019")
    assert figures("三级医院") != figures("a grade-2 hospital")
    assert lost_units("6 个月内不能取消", "not possible within 6 days") == ["6 month"]
    assert lost_units("一般 2 个工作日", "usually 2 days") == ["2 working day"]


def test_the_english_is_english_and_ends_without_a_full_stop(english: Mapping[str, str]) -> None:
    for text in english.values():
        assert text == text.strip()
        assert not text.endswith((".", "。", ";"))
        outside_brackets = re.sub(r"\([^)]*\)", "", text)
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", outside_brackets), text


def test_an_entry_that_is_no_text_is_refused_by_its_key(tmp_path: Path) -> None:
    path = tmp_path / "english.yml"
    path.write_text('"1 年": 1\n"居住证": residence permit\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match="1 年"):
        load_english(path)
