"""What belongs to one place alone: figures, telephones and channels; and whether a text shows another place's.

The figures come from sources.yml and the policy files. The channels are names that the documents state; a test holds
the list against the documents themselves. ``leaks`` also serves for answers as the services render them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.knowledge.claims import claims_of
from bot.knowledge.figure_checks import section_figures
from bot.knowledge.places import GENERAL
from bot.text.figures import figures_in

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"

NATIONAL = frozenset({"云南", GENERAL})
CHANNELS: dict[str, frozenset[str]] = {
    "淮安市医保局": frozenset({"淮安"}),
    "苏服办": frozenset({"淮安"}),
    "江苏政务服务网": frozenset({"淮安"}),
    "jszwfw.gov.cn": frozenset({"淮安"}),
    "医保服务圈": frozenset({"淮安"}),
    "医保大厅": frozenset({"淮安"}),
    "江苏医保云": frozenset({"淮安", "吴江"}),
    "国家异地就医备案": frozenset({"淮安", "吴江"}),
    "高邮市医疗保险基金管理中心": frozenset({"高邮"}),
    "府前街": frozenset({"高邮"}),
    "电话传真": frozenset({"高邮"}),
    "异地就医登记备案表": frozenset({"高邮"}),
    "邮市异地就医联网结算申请表": frozenset({"高邮"}),
    "江苏省社会保障卡": frozenset({"高邮"}),
    "吴江医保": frozenset({"吴江"}),
    "便民服务中心": frozenset({"吴江"}),
    "开平路": frozenset({"吴江"}),
    "微服务": frozenset({"吴江"}),
    "区域同城": frozenset({"吴江"}),
    "双通道": frozenset({"吴江"}),
    "亲情账户": frozenset({"吴江"}) | NATIONAL,
    "我的南京": frozenset({"南京"}),
    "健康-医保服务": frozenset({"南京"}),
    "异地联网定点医药机构查询": frozenset({"南京"}),
    "多地备案": frozenset({"南京"}),
    "门诊一单制": frozenset({"南京"}),
    "市政务网": frozenset({"南京"}),
    "市民卡中心": frozenset({"南京"}),
    "制卡网点": frozenset({"南京"}),
    "江苏南京一卡通": frozenset({"南京"}),
    "南京市基本医疗保险转外就医备案表": frozenset({"南京"}),
    "江苏省医疗保障局": frozenset({"南京"}),
    "ybj.jiangsu.gov.cn": frozenset({"南京"}),
    "fuwu.nhsa.gov.cn": frozenset({"南京"}),
    "市民卡": frozenset({"南京", "厦门"}),
    "医保服务站": frozenset({"厦门"}),
    "厦门市定点三级医院": frozenset({"厦门"}),
    "医保助手": frozenset({"云南"}),
    "一部手机办事通": frozenset({"云南"}),
    "云南医保网厅": frozenset({"云南"}),
    "中国医保": NATIONAL,
    "自助开通": NATIONAL,
    # 厦门's notice does not name the app, but is the notice that the app shows to people insured in 厦门.
    "国家医保服务平台": frozenset({"淮安", "吴江", "南京", "厦门"}) | NATIONAL,
}
"""Apps and their menus, public accounts, offices, addresses, websites, cards, forms and arrangements, with the places whose documents state them."""


@dataclass(frozen=True)
class Belongings:
    """The telling figures (telephones among them) by the places, 通用 included, that may state them."""

    figures: dict[str, frozenset[str]]

    @classmethod
    def of(cls, base: KnowledgeBase) -> Belongings:
        """Gather from the sections of each place's documents, from its policy and its hotline."""
        under_national = {place.name for place in base.places.by_id.values() if place.policy == "national"}
        owners: dict[str, set[str]] = {}
        for section in base.sources.sections.values():
            for figure in section_figures(section):
                owners.setdefault(figure, set()).update(base.sources.document_of(section.id).places)
        for claim in claims_of(base):
            if claim.file != "faq.md":
                places = {claim.place} | (under_national if claim.place == GENERAL else set())
                for figure in claim.figures:
                    owners.setdefault(figure, set()).update(places)
        return cls({figure: frozenset(places) for figure, places in owners.items() if _telling(figure)})

    def leaks(self, text: str, place_name: str, *, general: bool = False) -> list[str]:
        """What the text shows that belongs to other places alone: ``600元 of 淮安``.

        ``place_name`` is a served place's name or 通用; with ``general`` the text is the 通用 answer given to a person
        of that place, so that it may state what belongs to either.
        """
        homes = {place_name, GENERAL} if general else {place_name}
        plain = re.sub(r"\s", "", text)
        shown = [(figure, self.figures.get(figure)) for figure in figures_in(text)]
        shown += [(name, places) for name, places in CHANNELS.items() if name in plain]
        found = [
            f"{what} of {'、'.join(sorted(places))}"
            for what, places in shown
            if places and not places & homes
        ]
        return list(dict.fromkeys(found))


def leaks(text: str, place_name: str, *, general: bool = False) -> list[str]:
    """:meth:`Belongings.leaks` by the knowledge base of this repository."""
    return _real().leaks(text, place_name, general=general)


@lru_cache(maxsize=1)
def _real() -> Belongings:
    return Belongings.of(load_knowledge(KNOWLEDGE))


def _telling(figure: str) -> bool:
    """Whether a figure can give a place away: 15日, 0517-12393, but not the count 4."""
    return not re.fullmatch(r"\d{1,2}", figure)
