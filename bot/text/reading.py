"""What a sentence states about a person: insurance, status, purpose, household, referral, filing, visit, hospital level.

``read`` is a table of phrases, not a model: a fact is either stated in words or it is not. Negation (没转诊, 不是退休) is
part of the table. Values are the words of :mod:`bot.policy.facts`; yes/no facts carry ``"yes"``/``"no"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.text.amounts import Amount, find_amounts, find_percentages

YES, NO = "yes", "no"
_NOT = r"(?:没有?|未曾?|沒有?|冇|无|還没|还没有?|木有|不用|不)"
_NOT_BEFORE = re.compile(
    r"(?:不是|不算|并非|非|没有?|沒有?|未|不再|(?<![要是能好])不|not?|isn't|not a|not an)\s*(?:一个|个|办|办理|走|开|去|来|是去|是来)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """One fact a text states: its name, its value, and where it stands in the text."""

    fact: str
    value: str
    start: int
    end: int


def _table(*rows: tuple[str, str, str]) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((fact, value, re.compile(pattern, re.IGNORECASE)) for fact, value, pattern in rows)


# 带孩子去看病 takes the child to a doctor; 带孩子 alone is living there to look after it.
_NOT_FOR_CARE = r"(?![子娃儿]?(?:[去来到上回][^\s，,。]{0,6})?(?:看|治|瞧|就医|检查|住院|开刀|手术))"
# Facts in which a negated phrase says nothing but "not this one".
_CHOICES = _table(
    ("insurance", "employee", r"(?:城镇)?职[工員员](?:基本)?(?:医疗保险|医疗|医保|醫保|保险)?|单位(?:交|缴|给交|买)的?(?:医保|社保|保险)|employees?'?(?: medical)? insurance|employee scheme|urban employee|^employees?\W*$"),
    ("insurance", "resident", r"(?:城乡|城镇)?居民(?:基本)?(?:医疗保险|医疗|医保|醫保|保险)|居民(?=$|的|，|,|。|呢|险|吧|三|二|一|门|在|看|住)|新?农合|农村合作医疗|合作医疗|农村医保|(?:城乡|城镇)居民(?!身份)|少儿医保|学生医保|resident(?:s'?)?(?: medical)? insurance|\b(?:a|as|for) residents?(?=\W*$)|rural (?:and urban )?(?:resident )?insurance|resident scheme|^residents?\W*$"),
    ("status", "retired", r"离休|退[休了](?:人员|职工|金|工人|教师|老师|干部)?|retire[ed]s?|retiree|pensioner"),
    ("status", "employed", r"在[职職岗](?:人员|职工)?|(?:还|仍)?(?:在)?上班(?:族|的)?|(?:现在|目前|还在)工作|i(?:'m| am) (?:still )?(?:working|employed)|employed|in service|current employee"),
    ("status", "student", r"大学生|(?:在校)?学生|研究生|上大学|读大学|student"),
    ("purpose", "posted", r"(?:单位|公司|厂里?|老板|部门|局里)(?:外|安排|要求|让)?\S{0,3}(?:派|调|驻)\S{0,4}|外派|派驻|派出去|(?:被|让|给)?派(?:到|去|往|来)(?!出所)|驻外|常驻(?!异地)|驻(?:点|守|场)|外地(?:上班|工作|打工)|打工|务工|(?:在|到|去|来)\S{1,8}(?:上班|工作|打工|务工|做事|干活)(?!的?城市)|长期(?:出差|工作)|posted|sent by (?:my |the )?(?:employer|company|unit)|(?:company|employer|boss|unit)\s+(?:is |has |was )?(?:sending|sends|sent|posting|moved) (?:me|him|her|us)|assigned|work(?:s|ing)? (?:in|there|for)|job (?:in|there)"),
    ("purpose", "studying", r"(?:在|到|去|来)\S{1,8}(?:读书|上学|念书|念大学|念大专|读大学|上大学|上大专|读研|学习|求学)|留学|(?:外地|外省|异地)(?:上学|读书|念书|求学|学习|读大学)|^(?:上学|读书|念书)(?:的)?$|stud(?:y|ies|ying) (?:in|at|there)"),
    ("purpose", "living", rf"(?:常|长期?|现|都|一直|跟\S{{1,4}}|和\S{{1,4}}|随\S{{1,4}})?(?:居住|定居|长住|常住|住在|住(?:到|去)|暂住|生活在)|[在到来去](?!医)\S{{1,6}}(?:住(?!院)|养老|生活|带[孙娃外小孩]\S?{_NOT_FOR_CARE})|在\S{{1,6}}带[孙娃外小孩]|(?:帮|来|去|给)\S{{0,5}}带(?:孙|娃|孩|外孙|小)\S?{_NOT_FOR_CARE}|带(?:孙子|娃|孩子|外孙|小孩){_NOT_FOR_CARE}|养老|投靠|搬(?:到|去|来|家)|(?:帮|去|来|在)\S{{0,6}}(?:照顾|照看)\S{{0,2}}(?:孙|娃|外孙|小孩|孩子)\S?|住(?:上海|北京|深圳|广州|杭州|南京|苏州|这边|那边|这里|那里|这儿|那儿|外地|女儿|儿子)\S{{0,3}}|live[sd]? (?:in|with|there)|living (?:in|with|there)|moved to|resid(?:e[sd]?|ing)\b|settled|stay(?:ing)? with (?:my|her|his)|take care of (?:my )?grand"),
    ("purpose", "visiting", r"旅游|旅行|出差|探亲|走亲戚|串门|看亲戚|看个亲戚|游玩|(?:去|来|到|在)\S{0,4}玩|度个?假|临时(?:外出|去|来|出去|有事)?|短期|过年|度假|自己(?:想|要)?(?:去|跑|找)\S{0,6}|自己(?:挂的?号|联系的?|决定去)|慕名|(?:想|要|准备|打算|去|到|来)\S{0,2}(?:大城市|外地|北京|上海|南京|杭州|广州|苏州|省城|大医院|青浦|嘉善|外省)[^\s，。,]{0,4}(?:看(?:个)?病|看(?!看)|治|就医|手术|检查|开刀|住院)|(?:去|到|来)[^，。,！？?在住]{2,8}(?:看(?:个)?病|就医|治病|做手术|开刀|看医生|看专家|求医|检查)|travel|trip|on holiday|vacation|visiting|tourist|business trip|go(?:ing)? to \w+ (?:to see|for)|see a doctor in|short (?:stay|visit)|own choice|(?:picked|chose|choose)(?: \w+){0,2} myself|temporar"),
    ("hospital_level", "tertiary", r"三级?[甲乙丙]等?|三[级級](?:定点)?(?:医院|医疗机构)?|3级|3甲|3A|省(?:人民)?医院|tertiary|grade[- ]?(?:3|three|iii)|level[- ]?(?:3|three|iii)|class[- ]?(?:3|three)|top[- ]tier"),
    ("hospital_level", "secondary", r"二级?[甲乙丙]等?|二[级級](?:定点)?(?:医院|医疗机构)?|2级|2甲|secondary|grade[- ]?(?:2|two|ii)\b|level[- ]?(?:2|two|ii)\b"),
    ("hospital_level", "primary", r"一[级級](?:定点)?(?:医院|医疗机构)?(?:及以下)?|1级|社区(?:医院|卫生|服务|门诊)\S{0,5}|乡镇?(?:卫生院|医院)|卫生院|卫生室|小诊所|primary|community (?:clinic|hospital)|grade[- ]?(?:1|one)\b|level[- ]?(?:1|one)\b"),
    ("visit", "inpatient", r"住(?:了|过|着|的|一次|几天|\S{1,3}天)?(?:个|次)?[院醫医]院?(?!里?附近)|出院|做手术|开刀|手术费|inpatient|hospitali[sz](?:ed|ation)|hospital stay|surgery|operation|admitted"),
    ("visit", "outpatient", r"门[诊珍]|門診|outpatient|clinic visit"),
    ("category", "retired_resettled", r"异地安置(?:退休)?(?:人员)?"),
    ("category", "long_term_resident", r"(?:异地)?长期(?:异地)?居住(?:人员|备案)|长居备案|长期(?:异地)?(?:就医)?备案"),
    ("category", "posted_worker", r"常驻异地(?:工作)?(?:人员)?|异地工作(?:、学习)?人员"),
    ("category", "temporary", r"(?:其他)?临时外出(?:就医)?(?:人员|备案)?|临时备案|temporary (?:visitor|filing|visit|care)"),
)  # fmt: skip

# Yes/no facts: the phrase, then the phrases that deny it.
_MOVED = r"(?:户口|户籍|戶口|戶籍|户头)"
_QUESTIONS = _table(
    ("household_moved", NO, rf"{_MOVED}(?:本)?(?:都|也|还|一直|并|是|就)?(?:{_NOT}|没得)\S{{0,3}}(?:迁|转|动|落|过去|过来|移|换|办|变)\S{{0,2}}|{_MOVED}(?:本)?(?:都|也|就)?(?:还|仍|依然)(?:是)?(?:在|留在)|{_MOVED}(?:都|也|还|一直|仍|是|就)*(?:在|留在)?(?:老家|原籍|本地|家里|老地方|原来|农村)|(?:没有?|未|不)\S{{0,2}}(?:迁|转|落|移)(?:过)?{_MOVED}|(?<!户口)没迁|没落户|还没迁|household (?:registration )?(?:has )?(?:not|n't|never)|hukou (?:is |has )?(?:still|not|n't|hasn't|didn't)|(?:haven't|didn't|not) (?:moved?|transfer\w*) (?:my |the )?(?:hukou|household)"),
    ("household_moved", YES, rf"{_MOVED}(?:也|都|已经?|早|就|是|跟着|一起|全|(?:前|去|今|大前|\d{{4}})年|上个?月|几年前)*(?:迁|转|落|移|过来|过去|办到|挪|在上海|在这边|在那边|随)\S{{0,3}}|(?:迁|转|移)(?:了|过)?{_MOVED}|落户|已经?迁|迁过(?:去|来)|hukou (?:has |was |is )?(?:already )?(?:been )?(?:moved|transferred)|(?:moved|transferred) (?:my |the )?(?:hukou|household)"),
    ("referral", NO, rf"{_NOT}[^\s，。,、]{{0,3}}(?:转诊|转院|转珍|轉診|转外)|(?:转诊|转院|转外就医)\S{{0,2}}(?:没|未)\S{{0,2}}|不是转(?:诊|院)|自己(?:要|想)?(?:去|来|跑|找)的|自己(?:挂的?号|联系的)|没(?:找|去|让|叫|经过)\S{{0,8}}转诊|no referral|without (?:a )?referral|not referred"),
    ("referral", YES, r"转诊(?!怎|要|材|手|证明怎|需|报销|比例|多少)|转院|转珍|轉診|转外就医|转上去|医院(?:给|帮)?(?:我)?(?:开|出)了?转\S{0,4}|referr(?:ed|al)"),
    ("filed", NO, r"(?:(?:没有?|沒有?|未|还没|没曾|(?<![要用是能])不)[^\s，。,、]{0,3}|忘(?:了|记)?(?:了)?(?:去)?(?:办理?)?)(?:备案|备按|備案|报备|登记)|(?:备案|備案)\S{0,2}(?:没有?|未)(?:办|弄|做|搞)?|not filed|haven't filed|without filing|didn't file|no filing"),
    ("filed", YES, r"备的案|备过了|备案(?:也|都)?(?:已经?)?(?:弄好|办了|弄了|搞好)|(?:已经?|都|早就|提前|事先)(?:办理?|做|弄|备)?(?:好|过|了)*(?:备案|备按|備案|备了案)|备过案|备了案|备好案|(?:备|报备)(?:了|过|好)(?:个)?(?:异地)?(?:转诊|临时|长期|长住|常驻)|转诊备(?:了|过|好)|(?:备案|备按|備案)(?:了|过|好了|成功|完|办好|办过|办了|通过)|办(?:了|过|好)\S{0,4}备案|(?<!还)(?<!没)有备案(?!有效|类|材|期|的)|already filed|have filed|(?:i|we) filed|filing (?:is )?done"),
    ("emergency", NO, r"(?:不是|不算|并非|(?<!有)没有?|非)\S{0,1}(?:急诊|急[珍症]|抢救|急救)|(?:not an?|no) emergency"),
    ("emergency", YES, r"急诊|急[珍症]|抢救|急救|突发(?:急病|疾病)?|emergency"),
    ("lapsed", NO, rf"{_NOT}\S{{0,1}}(?:断缴|停缴|欠费|断保|断交)"),
    ("lapsed", YES, r"断[缴交]|停[缴交保]|断保|欠费|(?:没|没有|未)(?:再)?(?:续|交|缴)(?:医保|社保|保险)|(?:医保|社保)(?:没交|没缴|断了|停了)|stopped paying|lapsed"),
    ("designated", NO, r"(?:不是|不算|非|没有?)(?:医保)?(?:的)?定点|(?:医院|诊所|门诊部)\S{0,3}(?:没|未)\S{0,2}联网|私人(?:诊所|医院)|个体诊所|黑诊所|not (?:a )?designated|non-designated|private clinic"),
    ("pharmacy", YES, r"(?:药店|药房)[^，。,]{0,6}(?:买|配|开|拿|刷|花)|(?:买|配)药[^，。,]{0,4}(?:药店|药房)|pharmac(?:y|ies)|drugstore"),
    ("agent", YES, r"(?:帮|替|代|给)\S{0,3}(?:他|她|妈|爸|父|母|老公|老婆|爱人|家人|孩子|儿子|女儿|奶奶|爷爷|公公|婆婆|老人|朋友|亲戚|娘|爹|别人|他人)\S{0,3}(?:办|备案|弄|申请|报)|代办|for my (?:mother|father|mom|dad|parents|wife|husband|son|daughter)"),
)  # fmt: skip

_DEDUCTIBLE_USED_UP = re.compile(r"(?:起付线|门槛费?|起付标准|600)\S{0,4}(?:用完|用掉|用光|够|过|满|达到|付过|扣过|超过|到)(?:了)?(?!\S{0,2}多少)(?!了?\s*[\d一二两三四五六七八九])|过了?起付线|deductible (?:is |was |has been )?(?:already )?(?:used(?: up)?|met|paid)|(?:used up|met|paid) (?:all )?(?:of )?(?:my|the|this year's) deductible", re.IGNORECASE)  # fmt: skip
_NOTHING_YET = re.compile(
    r"(?:起付线|门槛费?|起付标准)(?:今年|应该|好像)?(?:也|都|还|一直)?(?:没有?|未)(?:用|过|到|满|够|付|扣|达)\S{0,2}"
    r"|(?:没有?|未)(?:用|过|到|满|够|付|扣|达)过?(?:到)?(?:起付线|门槛)"
    r"|今年(?:还)?(?:没|第一次|头一(?:次|回)|首次)\S{0,8}|(?:还)?没(?:花|报|用)过|第一次看|明年|新的一年|第二年"
    r"|(?:nothing|not) (?:\w+ )?(?:claimed|used|paid)(?: anything)?(?: yet)?(?: this year)?|haven'?t (?:claimed|used)\b[^.?]*|deductible (?:is )?(?:not|un)\s?(?:used|met)",
    re.IGNORECASE,
)
# In a new year nothing has been paid yet either.
_NEW_YEAR = re.compile(r"明年|新的一年|第二年|next year", re.IGNORECASE)
# 花了三万八不是三千八: the second sum is the mistake.
_TAKEN_BACK = re.compile(r"(?:不是|并非|\bnot)\s*$", re.IGNORECASE)
# 起付线还剩150, 还剩150元起付线: what is left to pay, not what was paid.
_LEFT = re.compile(r"(?:还剩|只剩|剩下?|还差|只差)(?:下|了)?\s*$")
_LEFT_BEFORE = re.compile(r"(?:起付线|门槛费?|起付标准)\S{0,3}(?:还剩|只剩|剩下?|还差|只差)(?:下|了)?\s*$")
_DEDUCTIBLE_AFTER = re.compile(r"^\s*(?:元|块钱?)?(?:的)?(?:起付线|门槛|起付标准)")
_TIMES = {"两": 2, "俩": 2, "二": 2, "三": 3, "四": 4, "五": 5, "2": 2, "3": 3, "4": 4, "5": 5}
_EACH = re.compile(r"(?P<times>[两俩二三四五2-5])(?:次|趟|回|张单子?)[^，。]{0,8}(?:各|每次|每趟|都是?)")
_IN_TURN = re.compile(
    r"(?:一|第一|头一|前一|上)(?:次|趟|回|张).*(?:一|第二|后一|这|又一)(?:次|趟|回|张)|分别|前后[两二三]次"
)
_PAID_BEFORE = re.compile(r"(?:已经?|今年|之前|前面|年内)\S{0,6}(?:报(?:销)?了?|报过|支付了?|付了)\D{0,4}$")
_DEDUCTIBLE_BEFORE = re.compile(r"(?:起付线|门槛|起付标准)\S{0,6}$")


def read(text: str, *, expecting: str | None = None) -> list[Reading]:
    """Every fact the text states, in order of place. ``expecting`` names the fact the person was just asked for."""
    readings = [*_choices(text), *_yes_no(text), *_figures(text, expecting)]
    return sorted(_settled(readings, text), key=lambda reading: (reading.start, reading.end))


def _choices(text: str) -> Iterator[Reading]:
    for fact, value, pattern in _CHOICES:
        for match in pattern.finditer(text):
            if not _negated(text, match):
                yield Reading(fact, value, match.start(), match.end())
            elif fact == "status" and value == "retired" and "金" not in match.group():
                yield Reading("status", "employed", match.start(), match.end())


def _negated(text: str, match: re.Match[str]) -> bool:
    return bool(_NOT_BEFORE.search(text[: match.start()]))


def _yes_no(text: str) -> Iterator[Reading]:
    taken: dict[str, list[tuple[int, int]]] = {}
    for fact, value, pattern in _QUESTIONS:
        for match in pattern.finditer(text):
            spans = taken.setdefault(fact, [])
            if all(match.end() <= start or match.start() >= end for start, end in spans):
                spans.append(match.span())
                yield Reading(fact, value, match.start(), match.end())


def _figures(text: str, expecting: str | None) -> Iterator[Reading]:
    """Sums of money by what they are: the cost, the deductible used, what was paid this year; and the home share."""
    nothing = _NOTHING_YET.search(text)
    used_up = None if nothing else _DEDUCTIBLE_USED_UP.search(text)
    if used_up:
        yield Reading("deductible_used", "full", *used_up.span())
    if nothing:
        yield Reading("deductible_used", "0", *nothing.span())
    if nothing and _NEW_YEAR.search(text):
        yield Reading("paid_this_year", "0", *nothing.span())
    shares = [*_home_shares(text, expecting)]
    yield from shares
    if not (expecting == "home_share" and shares and not find_percentages(text)):
        yield from _sums(text, used_up, bare=expecting == "cost")


def _home_shares(text: str, expecting: str | None) -> Iterator[Reading]:
    """Percentages; a bare number counts as one where that was asked for."""
    for share in find_percentages(text):
        yield Reading("home_share", str(share.value), share.start, share.end)
    if expecting == "home_share" and not find_percentages(text):
        number = re.fullmatch(r"\D*?(\d{1,2}(?:\.\d+)?)\D*", text)
        if number and 1 <= float(number[1]) <= 99:
            yield Reading("home_share", str(float(number[1]) / 100), *number.span(1))


def _sums(text: str, used_up: re.Match[str] | None, *, bare: bool) -> Iterator[Reading]:
    """Amounts in yuan; ``used_up`` is what says that the deductible is met, ``bare`` as in :func:`find_amounts`."""
    amounts = find_amounts(text, bare=bare)
    whole = _whole_bill(text, amounts)
    if whole is not None:
        yield whole
        return
    for amount in amounts:
        if used_up and used_up.start() <= amount.start < used_up.end():
            continue
        if len(amounts) > 1 and _TAKEN_BACK.search(text[: amount.start]):
            continue
        # 起付线用完了，花了3000: what stands behind a deductible that is used up is another sum.
        since = used_up.end() if used_up and used_up.end() <= amount.start else 0
        before, after = text[since : amount.start], text[amount.end :]
        if _LEFT_BEFORE.search(before) or (_LEFT.search(before) and _DEDUCTIBLE_AFTER.match(after)):
            yield Reading("deductible_used", f"left:{_written(amount)}", amount.start, amount.end)
        else:
            yield Reading(_meaning(before), _written(amount), amount.start, amount.end)


def _whole_bill(text: str, amounts: Sequence[Amount]) -> Reading | None:
    """Several visits as one bill: 一次1200一次2300, 两次门诊各1000块; None where the text tells of one."""
    bills = [a for a in amounts if _meaning(text[: a.start]) == "cost"]
    each = _EACH.search(text)
    if len(bills) == 1 and len(amounts) == 1 and each:
        times = _TIMES[each["times"]]
        return Reading("cost", _written(_added([bills[0]] * times)), each.start(), bills[0].end)
    if len(bills) < 2 or len(bills) != len(amounts) or not _IN_TURN.search(text):
        return None
    return Reading("cost", _written(_added(bills)), bills[0].start, bills[-1].end)


def _added(bills: Sequence[Amount]) -> Amount:
    low, high = sum((bill.low for bill in bills), Decimal(0)), sum((bill.high for bill in bills), Decimal(0))
    return Amount(low, high, bills[0].start, bills[-1].end)


def _meaning(before: str) -> str:
    if _DEDUCTIBLE_BEFORE.search(before):
        return "deductible_used"
    return "paid_this_year" if _PAID_BEFORE.search(before) else "cost"


def _written(amount: Amount) -> str:
    """``"3500"`` or, for a range, ``"2000~3000"``."""
    low, high = f"{amount.low.normalize():f}", f"{amount.high.normalize():f}"
    return low if low == high else f"{low}~{high}"


_TOURING = re.compile(
    r"旅游|旅行|玩|探亲|亲戚|串门|出差|度假|过年|holiday|vacation|tourist|travel|business trip", re.IGNORECASE
)
# Of two purposes in one sentence the more lasting one tells the category.
_PURPOSE_ORDER = ("posted", "living", "studying", "visiting")


def _settled(readings: list[Reading], text: str) -> list[Reading]:
    """Drop what another reading of the same words overrules."""
    kept = list(readings)
    if any(r.fact == "category" for r in kept):
        spans = [(r.start, r.end) for r in kept if r.fact == "category"]
        kept = [r for r in kept if r.fact == "category" or not _inside(r, spans)]
    purposes = [r.value for r in kept if r.fact == "purpose"]
    touring = next(
        (r for r in kept if r.value == "visiting" and _TOURING.search(text[r.start : r.end])), None
    )
    if touring is not None and not any(r.fact == "referral" for r in kept):
        # Nobody is referred to a holiday.
        kept.append(Reading("referral", NO, touring.start, touring.end))
    if len(set(purposes)) > 1:
        lasting = next(p for p in _PURPOSE_ORDER if p in purposes)
        kept = [r for r in kept if r.fact != "purpose" or r.value == lasting]
    return kept


def _inside(reading: Reading, spans: list[tuple[int, int]]) -> bool:
    overlaps = any(start <= reading.start and reading.end <= end for start, end in spans)
    return overlaps and reading.fact in ("purpose", "status", "referral", "filed")
