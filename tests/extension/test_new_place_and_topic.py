"""A new place and a new topic are knowledge and examples: no Python, no domain, no rule and no story is touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from filecmp import cmp
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.examples import load_examples
from bot.services.asking import Asking
from bot.services.checking import Checking
from bot.services.estimating import Estimating
from bot.services.reading import Message, MessageReader
from tests.copies import ROOT, copy_repository, run_bot

TODAY = date(2026, 11, 22)

SOURCES = """
zhenjiang:
  title: 镇江市异地就医办事指南
  short: 镇江指南
  issuer: 镇江市医疗保障局
  published: null
  note: null
  file: zhenjiang-guide.md
  places: [镇江]
  sections:
    zhenjiang-1:
      heading: 一、备案
      lines: 1-3
      precis: 长期住在外地的人凭居住证明备案，9 个工作日办好
      figures: ["9 个工作日"]
    zhenjiang-2:
      heading: 二、报销
      lines: 4-5
      precis: 职工门诊起付线 450 元，报 55%，一年最多 3,000 元
      figures: ["450 元", "55%", "3000 元"]
    zhenjiang-3:
      heading: 三、停车
      lines: 6
      precis: 停车费不报
      figures: []
"""

PLACE = """
zhenjiang:
  name: 镇江
  official_name: 江苏省镇江市
  area: 江苏/镇江
  policy: zhenjiang
  aliases: [京口城]
"""

POLICY = """
place: zhenjiang
verified_on: 2026-11-22
filing:
  categories:
    long_term_resident:
      name: 异地长期居住人员
      group: long_term
      definition:
        description: 哪些人属于这一类
        unit: text
        values: [{since: undated, value: 长期住在外地的人, source: [zhenjiang-1]}]
      papers:
        description: 备案材料
        unit: papers
        values: [{since: undated, value: [[居住证明]], source: [zhenjiang-1]}]
  channels:
    - kind: counter
      names:
        description: 办理渠道
        unit: texts
        values: [{since: undated, value: [镇江医保窗口], source: [zhenjiang-1]}]
      time:
        description: 办理时间
        unit: text
        values: [{since: undated, value: 9 个工作日, source: [zhenjiang-1]}]
schedules:
  - name: 职工普通门诊
    insurance: [employee]
    visit: [outpatient]
    deductible:
      description: 起付标准
      unit: CNY
      values: [{since: undated, value: 450, source: [zhenjiang-2]}]
    ceiling:
      description: 最高支付
      unit: CNY
      values: [{since: undated, value: 3_000, source: [zhenjiang-2]}]
    share:
      any:
        any:
          description: 支付比例
          unit: /1
          values: [{since: undated, value: 0.55, source: [zhenjiang-2]}]
"""

BENEFIT = """
### 镇江

一年累计超过 450 元的部分报 55%，最多报 3000 元。备案 9 个工作日办好。

依据：zhenjiang-2、zhenjiang-1；核对：2026-11-22
"""

TOPIC = """
## parking_fee 去外地看病，停车费能报吗？

### 通用

停车费是医保目录外的费用，报不了。

依据：yunnan-6；核对：2026-11-22

### 镇江

停车费不报，请自己留好零钱。

依据：zhenjiang-3；核对：2026-11-22
"""

EXAMPLES = """停车费能报吗
医院停车费医保给报不
停车的钱可以报销吗
去上海看病开车去的，停车费报不报
停车费算不算医药费
请问停车场的费用能走医保吗
在医院停车花了五十，能报多少
停车票要不要留着报销
开车去南京住院，停车费怎么算
停车费有没有补贴
能报停车费吗
停车费用报销
淮安医保停车费能报吗
车停在医院一个礼拜，停车费能报吗
can I claim the parking fee
is parking reimbursed""".splitlines()

ADDED = {
    "data/nlu.yml",
    "knowledge/faq.md",
    "knowledge/places.yml",
    "knowledge/policy/zhenjiang.yml",
    "knowledge/sources.yml",
}


def _add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8")


@dataclass(frozen=True)
class Extended:
    """The copy with the new place and topic, and its knowledge."""

    root: Path
    base: KnowledgeBase

    def ask(self, topic: str, slots: dict[str, Any]) -> str:
        """What the topic is answered with."""
        return Asking(lambda: self.base, lambda: TODAY).answer(topic, [], slots, "zh").reply.text


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Extended:
    root = copy_repository(tmp_path_factory.mktemp("extension"))
    knowledge = root / "knowledge"
    _add(knowledge / "sources.yml", SOURCES)
    _add(knowledge / "places.yml", PLACE)
    (knowledge / "policy" / "zhenjiang.yml").write_text(POLICY, encoding="utf-8")
    faq = (knowledge / "faq.md").read_text(encoding="utf-8")
    before, after = faq.split("\n## resident_outpatient_benefit", 1)
    (knowledge / "faq.md").write_text(
        f"{before}{BENEFIT}\n## resident_outpatient_benefit{after}\n{TOPIC}", encoding="utf-8"
    )
    examples = "".join(f"    - {example}\n" for example in EXAMPLES)
    _add(root / "data" / "nlu.yml", f"- intent: faq/parking_fee\n  examples: |\n{examples}")
    return Extended(root, load_knowledge(knowledge))


def test_only_knowledge_and_examples_were_touched(extended: Extended) -> None:
    files = (path for path in extended.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    changed = {
        path.relative_to(extended.root).as_posix()
        for path in files
        if not (ROOT / path.relative_to(extended.root)).is_file()
        or not cmp(path, ROOT / path.relative_to(extended.root), shallow=False)
    }
    assert changed == ADDED


def test_the_checks_find_nothing_wrong(extended: Extended) -> None:
    checked = run_bot(extended.root, "check")
    assert checked.returncode == 0, checked.stderr
    assert "7 places" in checked.stdout


def test_the_checks_do_look_at_what_was_added(extended: Extended, tmp_path: Path) -> None:
    root = copy_repository(tmp_path)
    _add(root / "knowledge" / "faq.md", TOPIC)
    checked = run_bot(root, "check")
    assert checked.returncode == 1
    assert "parking_fee, has no examples" in checked.stderr.replace(": ", ", ")
    assert "镇江 is no place served" in checked.stderr


def test_the_new_topic_is_answered_for_the_new_place_and_in_general_for_the_others(
    extended: Extended,
) -> None:
    assert "请自己留好零钱" in extended.ask("parking_fee", {"insured_place": "zhenjiang"})
    for place in ("huaian", "nanjing", "xiamen"):
        said = extended.ask("parking_fee", {"insured_place": place})
        assert "请自己留好零钱" not in said
        assert "全国的一般规定" in said


def test_the_new_place_gets_its_own_answers_and_the_general_rule_elsewhere(extended: Extended) -> None:
    assert "450 元" in extended.ask("employee_outpatient_benefit", {"insured_place": "zhenjiang"})
    assert "我手上镇江的材料没有写" in extended.ask("remote_care_meaning", {"insured_place": "zhenjiang"})


def test_a_person_can_say_that_they_are_of_the_new_place(extended: Extended) -> None:
    places = extended.base.places
    for text in ("我的参保地是镇江", "我的参保地是京口城"):
        [mention] = places.gazetteer().find(text)
        entity = {"entity": "place", "value": mention.path, "role": mention.role}
        update = MessageReader(places).read(Message(text, "set_place", [entity]), {}, None)
        assert update["insured_place"] == "zhenjiang"


def test_both_tools_follow_the_new_places_own_rules(extended: Extended) -> None:
    checking = Checking(lambda: extended.base, lambda: TODAY, lambda _: None)
    verdict = checking.verdict(
        {"insured_place": "zhenjiang", "purpose": "living", "status": "employed"}, "zh"
    )
    assert "居住证明" in verdict.text
    assert "镇江医保窗口（9 个工作日）" in verdict.text
    estimating = Estimating(lambda: extended.base, lambda: TODAY, lambda _: None)
    slots = {"insured_place": "zhenjiang", "status": "retired", "visit": "outpatient", "cost": "1450"}
    # (1,450 − 450) × 55 %
    assert "大约能报 550 元" in estimating.result(slots, "zh").text


def test_the_classifier_learns_the_new_topic_from_its_examples(extended: Extended) -> None:
    from bot.nlu.features import SentenceFeatures
    from bot.nlu.kernel import KernelClassifier
    from bot.nlu.normalise import normalise
    from bot.nlu.words import Words

    examples = load_examples(extended.root / "data" / "nlu.yml")
    # The whole of it is learned by `make test` itself; a dozen neighbours are enough to be mistaken for.
    chosen = ["faq/parking_fee", *[name for name in examples if name.startswith("faq/")][28:40]]
    pairs = [(normalise(text), name) for name in dict.fromkeys(chosen) for text in examples[name]]
    model = KernelClassifier(SentenceFeatures(Words(""))).fit(
        *(list(column) for column in zip(*pairs, strict=True))
    )
    asked = ["医院停车的钱能不能报", "我停车花了八十块能报销吗", "停車費可以報銷嗎"]
    confidences = model.confidences([normalise(text) for text in asked])
    assert [model.labels[row.argmax()] for row in confidences] == ["faq/parking_fee"] * 3


# Rasa says so of every domain.
@pytest.mark.filterwarnings("ignore:Slot auto-fill:UserWarning")
def test_rasa_knows_the_new_topic_without_a_line_in_the_domain(extended: Extended) -> None:
    from bot.training.importer import FaqImporter

    root = extended.root
    importer = FaqImporter(str(root / "config.yml"), str(root / "domain.yml"), [str(root / "data")])
    assert "utter_faq/parking_fee" in importer.get_domain().responses
