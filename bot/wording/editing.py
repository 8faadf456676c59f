"""What is said to those who edit the knowledge: the findings of the checks in Chinese, and what cannot be done and why."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MESSAGES: Mapping[str, str] = {
    "no_topic": "没有主题 {topic}。",
    "no_intent": "没有 {label} 这一类例句。",
    "topic_taken": "主题编号 {topic} 已经有了，请换一个。",
    "bad_id": "主题编号要用小写英文字母、数字和下划线，以字母开头，例如 parking_fee。",
    "no_question": "请写标准问法，一行写完。",
    "bad_about": "话题的词里不能有换行，也不能有顿号或逗号；一个词写一项。",
    "no_answers": "至少要有一个答案。",
    "empty_body": "答案是空的，请写答案。",
    "heading_in_body": "第 {line} 行以“## ”或“### ”开头，会被当成新的主题或参保地，请换个写法。",
    "no_source": "没有依据。请选至少一个条目。",
    "bad_source": "依据“{source}”的写法不对，条目编号里不能有空格、顿号、逗号和分号。",
    "no_checked_on": "没有核对日期。",
    "two_answers": "{place}有两个日期相同的答案，请只留一个，或者写上不同的“自”“至”。",
    "bad_place": "参保地“{place}”里不能有空格或换行。",
    "opening": "答案用“{found}”开头，问“要不要”和“能不能”的人会理解反。第一句要单独站得住。",
    "ended": "这个答案到 {day} 为止，已经不再给出。",
    "ends_soon": "这个答案 {day} 到期，还有 {days} 天。到期后{place}没有可用的答案，请准备新的。",
    "future": "这个答案从 {day} 起自动生效。",
    "masked": "里面有手机号、证件号等个人信息，保存时会换成占位词。",
    "few_examples": "例句只有 {count} 句，少于 {least} 句，容易认不准。",
    "no_examples": "还没有例句。没有例句，别人怎么问都找不到这个主题。",
    "example_empty": "第 {number} 句是空的。",
    "example_long": "第 {number} 句太长（最多 {most} 个字）。",
    "example_twice": "“{text}”写了两遍，保存时只留一句。",
    "example_changed": "“{text}”里有训练程序会误读的符号，会存成“{clean}”。",
    "near": "“{text}”和“{label}”里的“{other}”意思很近，两边都留着会互相干扰。",
    "known": "和已有的例句“{text}”几乎一样，不用再加。",
    "same_elsewhere": "“{text}”在“{label}”里已经有了。一句话只能属于一处。",
    "unreadable": "写出来的内容读回来和原来不一样，没有保存：{detail}。",
    "file_broken": "文件现在有错，要先改好才能编辑：{detail}",
    "file_changed": "保存时文件刚好被别人改了，请再试一次。",
    "conflict": "您改的内容，别人刚刚也改了：{parts}。请对照两个版本再保存。",
    "no_version": "不知道您是从哪个版本改起的，请重新打开这个主题再改。",
    "no_why": "请写一句为什么改。",
    "no_revision": "没有第 {number} 号修改记录。",
    "removed_already": "主题 {topic} 已经被删除了。",
    "no_policy": "没有参保地 {place} 的规则文件。",
    "policy_conflict": "规则文件刚刚被别人改了，请对照两个版本再保存。",
    "policy_cases": "算例没有通过：{detail}",
    "last_topic": "不能删掉最后一个主题。",
    "elsewhere": "保存后别的地方会出错：{detail}",
    "why_revert": "撤回第 {number} 号修改",
    "bad_kind": "不能导出或导入“{found}”。可以是 answers、examples 或 topics。",
    "bad_format": "文件格式“{found}”不行，请用 csv 或 xlsx。",
    "bad_file": "这个文件读不出来：{detail}",
    "too_large": "文件太大。最多 {rows} 行。",
    "no_heading": "第一行没有“{heading}”这一列。请从导出的表格改起。",
    "one_topic": "一次只能写一个主题。",
    "bad_example_line": "例句这一行要以“- ”开头：{line}",
    "row_no_topic": "没有主题 {topic}。新主题请先用 topics 表加上，或者在页面上新建。",
    "row_bad_day": "“{column}”里的“{found}”不是日期，请写日期，比如“2026-01-31”。",
    "row_empty": "“{column}”是空的。",
    "row_twice": "和第 {number} 行是同一项。",
    "row_new_topic": "新主题还要有答案和例句，请在页面上新建。",
}

_PARTS: Mapping[str, str] = {
    "head": "标准问法和话题",
    "examples": "例句",
    "topic": "整个主题",
    "order": "答案的顺序",
}

# The findings of `python -m bot check`, by what they say between place and advice.
_FINDINGS: tuple[tuple[str, str, str], ...] = (
    ("unknown_source", r"cites '(?P<source>.+)'", "没有“{source}”这个条目，请写 sources.yml 里有的。"),
    ("foreign_source", r"cites (?P<source>\S+) of (?P<places>.+)", "条目 {source} 是{places}的材料，{place}的答案不能引用。"),
    ("uncited", r"no answer cites it", "条目 {where} 没有任何答案引用了。材料里的每一条都要有答案说到。"),
    ("unknown_place", r"(?P<found>.+) is no place served", "“{found}”不是服务的参保地。"),
    ("too_long", r"(?P<bytes>\d+) bytes", "答案有 {bytes} 字节，一条微信消息放不下（最多 {most} 字节，大约 {characters} 个汉字）。"),
    ("ends_before", r"ends (?P<day>\S+), before it begins", "“至”（{day}）早于“自”。"),
    ("checked_later", r"核对 (?P<day>\S+)", "核对日期 {day} 还没有到。"),
    ("figure", r"(?P<figure>.+) does not stand in (?P<sources>.+)", "引用的条目（{sources}）里没有“{figure}”。{hint}"),
    ("figure_missing", r"(?P<figure>.+) is missing", "没有写“{figure}”。报销估算用的是这个数，两边要一致。"),
    ("figure_other", r"(?P<figure>.+) is no figure of the estimate", "“{figure}”和报销估算用的数不一致。"),
    ("copied", r"copies '(?P<run>.+)'", "“{run}”是照抄原文，请用自己的短句说。"),
    ("no_examples", r"has no examples", "还没有例句。"),
    ("no_answer", r"has no answer", "主题 {where} 没有答案。"),
    ("no_source", r"the answer has no source line at its end", "答案末行没有写依据和核对日期。"),
    ("empty_body", r"the answer is empty", "答案是空的。"),
    ("two_answers", r"the place has two answers for the same days", "同一个参保地有两个日期相同的答案。"),
    ("unknown_key", r"extra fields found \((?P<found>.+)\)", "不认识的键：{found}。"),
    ("missing_key", r"required field missing", "少写了一项。"),
    ("not_a_list", r"found a text, write a list", "这里要写成列表。"),
    ("bad_value", r"invalid value for type, expected (?P<wanted>.+)", "这里的写法不对，要写成 {wanted}。"),
    ("bad_value", r"found (?P<found>.+), write (?P<wanted>.+)", "“{found}”不对，要写成 {wanted}。"),
    ("no_values", r"no value", "至少要有一个带日期的数值。"),
    ("dates", r"dates not in order", "日期要从早到晚，每天只写一次。"),
    ("no_source", r"(?P<found>.+) has no source", "{found} 没有写依据。"),
    ("share", r"(?P<found>\S+) as a share", "比例 {found} 要写成 0 到 1 之间的小数。"),
    ("negative", r"(?P<found>\S+) yuan", "金额 {found} 不能小于 0。"),
    ("policy_name", r"'(?P<found>.+)'", "名称“{found}”和文件名不一致。"),
)  # fmt: skip


def message(code: str, **values: object) -> str:
    """One sentence that says what is wrong and what to do."""
    return _MESSAGES[code].format(**values)


def part_name(part: str) -> str:
    """A part of a topic as people call it: an answer by its place and days."""
    if part in _PARTS:
        return _PARTS[part]
    place, since, until = (*part.split("/"), "", "")[:3]
    days = [f"自 {since}"] * bool(since) + [f"至 {until}"] * bool(until)
    return f"{place}的答案" + (f"（{'，'.join(days)}）" if days else "")


def finding(found: str, write: str, **known: object) -> tuple[str, str]:
    """A finding of the checks in Chinese, and one word for it; as it was written where it is an unknown one."""
    for code, pattern, sentence in _FINDINGS:
        match = re.fullmatch(pattern, found)
        if match is not None:
            return code, sentence.format(**{**known, **match.groupdict()})
    return "other", f"{found}；{write}"


def figure_hint(places: list[str]) -> str:
    """Where a figure stands that the cited sections do not have: in other places' documents, as a rule."""
    return (
        f"这是{'、'.join(places)}材料里的数字，不能搬到这里。"
        if places
        else "请写材料里的数，或者引用写着它的条目。"
    )
