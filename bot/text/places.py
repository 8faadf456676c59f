"""Places in a text: which administrative areas it names, and whether each is the insured place or the place of care."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["insured", "care"]
Divisions = Mapping[str, Mapping[str, Sequence[str]]]

# Names of areas that are also everyday words or parts of longer ones; they count only with 市/区/县.
_EVERYDAY = set(
    "东方 朝阳 和平 市中 城区 郊区 新城 长寿 安宁 富民 河东 河西 河北区 海南区 中山 永安 平安 长安 向阳 红旗 新华 解放 胜利 光明 龙华 "
    "通道 大同区 开平 高明 清新 连平 和平 仁化 建设 友谊 前进 团结 爱民 西安区 东山 东风 新兴 兴业 金山 宝山 静安 普陀 长宁 "
    "鼓楼 玄武 建邺 雨花台 南湖 江北 江南 滨海 大丰 海安 如东 东海 东台 西山 官渡 集美 翔安 海沧 定海 上城 下城 西湖 滨江 临平 海珠 天河 白云 "
    "从化 增城 花都 南沙 罗湖 南山 福田 盐田 禅城 香洲 金湾 斗门 东城 西城 丰台 海淀 房山 通州 顺义 昌平 大兴 怀柔 平谷 密云 延庆".split()
)
_SUFFIX = "(?:省|市|自治区|特别行政区|地区|区|县|新区)?"
_MERGE_GAP = re.compile(r"^(?:省|市|的|,|，|、|\s|-|·)?$")

_INSURED_BEFORE = re.compile(
    r"(?:参保地?(?:地点|城市)?(?:是|在|为|：|:|选|改成|换成|改为)?|(?:医保|社保|保险|医疗保险)(?:都|就|还|是|关系)?(?:在|是|交在|缴在|上在|挂在)|缴费地(?:是|在)?"
    r"|我(?:是|们是)(?:个)?|俺(?:是)?|本人(?:是)?|insured (?:in|at)|(?:filing|take|rules?|hotline|papers|office)(?: \w+)? in|insurance (?:is )?(?:still )?(?:in|from|at)|i(?:'m| am) from|换成|改成|改为|户口在老家)\s*$",
    re.IGNORECASE,
)
_INSURED_AFTER = re.compile(
    r"^(?:市|省|区|县|这边|那边|本地)?(?:的|人的)?(?:(?:城镇|城乡)?(?:职工|居民|退休|在职)|医保|社保|参保|交的?(?:医保|社保|保险)|缴的?(?:医保|社保|保险)|上的?(?:医保|社保|保险)|买的?(?:医保|社保|保险)"
    r"|办的?(?:医保|社保)|投保|人(?![在去住到])|保险|[- ]?insured(?! (?:in|at)\b)|[- ]?(?:medical )?insurance|retiree|employee|resident)",
    re.IGNORECASE,
)
_CARE_BEFORE = re.compile(
    r"(?:备(?:案)?(?:到|在|去|的是)|(?:备案|就医地)\S{0,6}(?:改|换)(?:成|为|到|去)|登记(?:为|在|的是|到)|留的(?:城市|地方)(?:是|写的?是?)?|改(?:到|去|赴)|住(?:在|到|去)?|(?:现|现在|人|目前|一直|长期|平时|常年|都)?在|去(?:了|到)?|到(?:了)?|来(?:了|到)?|跑(?:到|去)?|搬(?:到|去|来)|派(?:到|去|往|驻)?|调(?:到|去)|定居(?:在|到)?|转(?:到|去|诊到|院到|诊去)|迁(?:到|去|入|往)|落户(?:在|到)?|就医地(?:是|在|为|：|:)?|回"
    r"|驻|赴|飞|往|待在|呆在|留在|生活在|工作在|live[sd]? in|living in|stay(?:ing)? in|moved? to|go(?:ing)? to|travel(?:l)?(?:ing)? (?:to|in)|trip to|works? in|working in|treated in|hospital in|doctor in|care in|here in|visiting|in|to)\s*$",
    re.IGNORECASE,
)
_CARE_AFTER = re.compile(
    r"^\s*(?:市|省|区|县|那边|这边|那里|的)?(?:(?:看|治|瞧)(?:个)?(?:病|门诊)|住院|住着|住了|就医|就诊|治疗|医院|的?(?:大|三甲|三级|二级|人民|协和|华西|鼓楼|定点|中心|第[一二三四])\S{0,6}医院|哪[家些个]\S{0,4}医院|打工|上班|工作|上学|读书|念书|带(?:孙|娃|孩|外孙|小)|养老|生活|旅游|旅行|玩|出差|定居|长住|常住|探亲|开刀|手术|买药|药店|hospital|for treatment)",
    re.IGNORECASE,
)
_BUT_INSURED = re.compile(
    r"^(?:市|省)?(?:(?:上班|工作|打工)的?)?(?:参(?:的|了)?保|交(?:的)?(?:医保|社保|保险|费)|缴(?:的)?(?:医保|社保|费)|上(?:的)?(?:医保|社保)|买的?(?:医保|社保)|退(?:的)?休|办的?(?:医保|社保|退休))"
)

# 户口还在淮安 names neither place: the household registration may be anywhere.
_HOUSEHOLD_BEFORE = re.compile(r"(?:户口|户籍)(?:本)?(?:也|都|还|一直|仍|就|是)*(?:在|留在)\s*$")
# Between two places: 南京的医保在杭州 leaves the second for the care, Beijing insured Gaoyou the first.
_THEIR_INSURANCE_AT = re.compile(
    r"^(?:市|省|区|县)?的?(?:职工|居民|退休|在职)?(?:医保|社保|保险)[，,\s]*(?:人)?(?:想|要|准备|打算)?(?:在|去|到|来)$"
)
# Names that stand by chance inside other words: 前天门诊, 医保定点.
_WITHIN_WORDS = re.compile(r"天门诊|[医社]保定")
_NOT_THIS = re.compile(r"(?:不是|并非|\bnot)\s*$", re.IGNORECASE)
# Names of programs and cards that begin with a place: 江苏医保云, 江苏政务服务网, “我的南京”.
_PROGRAM_AFTER = re.compile(
    r"^(?:省|市)?(?:医保云|政务|医保网厅|医保公众号|医疗保障|市民卡|社保卡|社会保障卡|省社会保障卡|一卡通|智慧|APP|app)"
    r"|^[”\"’']\s*(?:APP|app)?"
)
_PROGRAM_BEFORE = re.compile(r"(?:我的|[“\"‘'])\s*$")
# 派驻西安的在职职工 are not insured there, 淮安的在职职工 are.
_SENT_THERE = re.compile(r"(?:派(?:到|去|往|驻)|驻|赴|去|到)\s*$")
_STATUS_AFTER = re.compile(r"^(?:市|省|区|县)?的(?:职工|退休|在职|居民)")
# 吴江的，去上海住院: whose people they are.
# 老家河南: where somebody comes from, which only may be where they are insured.
_HOME_BEFORE = re.compile(r"老家(?:是|在)?\s*$")
_FROM_THERE = re.compile(
    r"^(?:市|省|区|县)?(?:的(?:[，,。！？!?\s]|$|人)|人(?:[，,。\s]|$)|(?:企业|公司|单位))"
)
_INSURED_NEXT = re.compile(r"^\W*insured\s+(?:in\s+|at\s+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class PlaceMention:
    """A place named in a text: its area as ``province/city/district``, its span, and its role if the text shows it."""

    path: str
    start: int
    end: int
    role: Role | None = None
    # Whether the role only follows from the other place of the text.
    deduced: bool = False


class Gazetteer:
    """Finds places by name. ``aliases`` maps further names (魔都, huaian, 准安) to area paths."""

    def __init__(self, divisions: Divisions, aliases: Mapping[str, str] | None = None) -> None:
        self._paths: dict[str, list[str]] = {}
        for name, path in _names(divisions):
            self._paths.setdefault(name, []).append(path)
        for name, path in (aliases or {}).items():
            self._paths[name.lower()] = [path]
        self._pattern = re.compile(_alternation(self._paths), re.IGNORECASE)

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """Every name with the areas it may stand for."""
        return self._paths

    def find(self, text: str) -> list[PlaceMention]:
        """The places a text names, in order; neighbours that narrow each other (江苏淮安清江浦) become one."""
        found: list[PlaceMention] = []
        for match in self._pattern.finditer(text):
            if _WITHIN_WORDS.search(text[max(0, match.start() - 1) : match.end() + 1]):
                continue
            last = found[-1] if found else None
            touching = last is not None and _MERGE_GAP.match(text[last.end : match.start()])
            paths = self._paths[self._known_name(match)]
            narrower = [p for p in paths if touching and last is not None and _narrows(p, last.path)]
            if last is not None and narrower:
                found[-1] = PlaceMention(narrower[0], last.start, match.end())
            elif len(paths) == 1 or len({p.count("/") for p in paths}) > 1:
                found.append(PlaceMention(min(paths, key=lambda p: p.count("/")), match.start(), match.end()))
        meant = [m for m in found if not _names_program(m, text) and not _taken_back(m, found, text)]
        return _with_roles(meant, text)

    def _known_name(self, match: re.Match[str]) -> str:
        name = match.group().lower()
        return name if name in self._paths else match["stem"].lower()


def _names(divisions: Divisions) -> Iterator[tuple[str, str]]:
    """Every name with its area path; a district goes by its bare name only where the name is unique and no everyday word."""
    count = Counter(d for cities in divisions.values() for ds in cities.values() for d in ds)
    towns = {city for cities in divisions.values() for city in cities} | set(divisions)
    for province, cities in divisions.items():
        yield province, province
        for city, districts in cities.items():
            path = f"{province}/{city}"
            if city != province:
                yield (city if city not in _EVERYDAY else city + "市"), path
            for district in districts:
                for suffix in ("区", "县", "市"):
                    if district not in towns or (count[district] == 1 and suffix != "市"):
                        yield district + suffix, f"{path}/{district}"
                if count[district] == 1 and district not in towns | _EVERYDAY:
                    yield district, f"{path}/{district}"
                else:
                    # Known only right behind its city or province: 上海静安, 北京朝阳.
                    yield f"{city}{district}", f"{path}/{district}"


def _alternation(names: Mapping[str, object]) -> str:
    """One pattern over all names, longest first; Latin names as whole words."""
    ordered = sorted(names, key=len, reverse=True)
    latin = [re.escape(n) for n in ordered if n.isascii()]
    han = [re.escape(n) for n in ordered if not n.isascii()]
    words = rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])|" if latin else ""
    return rf"(?P<stem>{words}{'|'.join(han)}){_SUFFIX}"


def _narrows(path: str, wider: str) -> bool:
    return path.startswith(wider + "/")


def _with_roles(found: list[PlaceMention], text: str) -> list[PlaceMention]:
    """Give each mention the role its surroundings show; of two, the one left over takes the other role."""
    placed = [_from_home(replace(m, role=_role(m, text)), text) for m in found]
    if len(placed) == 2:
        between = text[placed[0].end : placed[1].start]
        if _THEIR_INSURANCE_AT.match(between):
            return [replace(placed[0], role="insured"), replace(placed[1], role="care")]
        if _INSURED_NEXT.match(between):
            return [replace(placed[0], role="care"), replace(placed[1], role="insured")]
    if len(placed) == 2 and {m.role for m in placed} in ({"insured", None}, {"care", None}):
        given = next(m.role for m in placed if m.role)
        other: Role = "care" if given == "insured" else "insured"
        placed = [m if m.role else replace(m, role=other, deduced=True) for m in placed]
    if (
        len(placed) == 2
        and [m.role for m in placed] == ["care", "care"]
        and re.match(r"\s*(?:去|到|来|转到|跑到|转去)", text[placed[0].end :])
    ):
        placed[0] = replace(placed[0], role="insured", deduced=True)
    return placed


def _from_home(mention: PlaceMention, text: str) -> PlaceMention:
    """A place without another role that somebody comes from: insured there, as far as nothing else is known."""
    if mention.role is None and _HOME_BEFORE.search(text[: mention.start]):
        return replace(mention, role="insured", deduced=True)
    return mention


def _taken_back(mention: PlaceMention, found: Sequence[PlaceMention], text: str) -> bool:
    """Whether the place is named only to say that it is another one: 不是南京，是南通."""
    return len(found) > 1 and bool(_NOT_THIS.search(text[: mention.start]))


def _names_program(mention: PlaceMention, text: str) -> bool:
    """Whether the place is only the beginning of a program's or card's name."""
    after = _PROGRAM_AFTER.match(text[mention.end :])
    if after is None:
        return False
    quoted = after.group()[:1] in "”\"’'"
    return not quoted or bool(_PROGRAM_BEFORE.search(text[: mention.start]))


def _role(mention: PlaceMention, text: str) -> Role | None:
    before, after = text[: mention.start], text[mention.end :]
    if _BUT_INSURED.match(after):
        return "insured"
    if _HOUSEHOLD_BEFORE.search(before):
        return None
    if _CARE_AFTER.match(after) and not re.search(r"(?:参保地|医保)\S{0,2}$", before):
        return "care"
    if _SENT_THERE.search(before) and _STATUS_AFTER.match(after):
        return "care"
    if _INSURED_BEFORE.search(before) or _INSURED_AFTER.match(after):
        return "insured"
    if _CARE_BEFORE.search(before):
        return "care"
    return "insured" if _FROM_THERE.match(after) else None
