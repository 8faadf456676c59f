"""The maintainers' inbox and the figures as people read them: kinds, decisions, outcomes, headings, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

KIND_NAMES: Mapping[str, str] = {
    "reported": "坐席上报",
    "corrected": "答非所问",
    "unhelpful": "没帮到",
    "unsure": "没听懂",
    "declined": "没受理",
}
"""Kinds of inbox items, the gravest first."""

ACTION_NAMES: Mapping[str, str] = {
    "assign": "归入主题",
    "new_topic": "新建主题",
    "out_of_scope": "标为不受理",
    "dismiss": "忽略",
}
OUTCOME_NAMES: Mapping[str, str] = {
    "answered": "已回答",
    "unsure": "没听懂",
    "declined": "没受理",
    "tool": "核对与估算",
    "small_talk": "寒暄与其他",
}
LABEL_NAMES: Mapping[str, str] = {
    "check_filing": "备案资格核对",
    "estimate": "报销估算",
    "decline/other_government": "其他政务",
    "decline/other_insurance": "其他医保业务",
    "decline/medical_advice": "看病用药",
    "decline/emergency": "紧急情况",
    "decline/general_chat": "闲聊",
    "decline/nonsense": "看不懂的内容",
    "decline/injection": "套话",
    "decline/abuse": "骂人",
}
AGAIN = "又出现"
NO_PLACE = "没说参保地"

SHEETS: Mapping[str, tuple[str, ...]] = {
    "每天": ("日期", "已回答", "没听懂", "没受理", "核对与估算", "寒暄与其他", "很快又问", "反馈没答好"),
    "主题": ("主题", "问了几次", "占比", "很快又问"),
    "参保地": ("参保地", "提问", "已回答", "没听懂", "没受理"),
    "没答上的问题": ("问题", "次数", "不同说法"),
    "工具": ("工具", "开始", "有结果"),
    "发布前后": (
        "版本",
        "发布时间",
        "时段",
        "提问",
        "回答率",
        "没听懂率",
        "没受理率",
        "很快又问率",
        "反馈没答好",
    ),
}
"""The sheets of the export with their headings."""
BEFORE, AFTER = "发布前", "发布后"

_PROBLEMS: Mapping[str, str] = {
    "unknown_group": "这一组已经处理完，或者已经不在收件箱里了。",
    "nothing_left": "选中的句子已经有人处理了。",
    "no_texts": "请至少选一句。",
    "unknown_label": "没有“{found}”这个主题。",
    "no_decline": "“{found}”不是不受理的类别。",
    "no_why": "请写一下为什么忽略。",
    "why_too_long": "原因有 {found} 个字，最多 {limit} 个字。",
    "unknown_batch": "没有找到这次处理，可能已经撤销了。",
}


def problem(code: str, **values: object) -> str:
    """One sentence that says what is wrong and what to do."""
    return _PROBLEMS[code].format(**values)
