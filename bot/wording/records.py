"""Calls, reports and codes as clerks read them: names of outcomes and kinds, headings of an export, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

OUTCOME_NAMES: Mapping[str, str] = {"answered": "已答复", "follow_up": "待跟进", "wrong_answer": "答案有误"}
ENTRY_NAMES: Mapping[str, str] = {
    "topic": "查看答案",
    "filing": "备案资格核对",
    "estimate": "报销估算",
    "report": "上报",
    "transcript": "查看对话",
}
REPORT_NAMES: Mapping[str, str] = {"wrong": "答案有误", "missing": "缺少答案", "outdated": "内容过时"}
SHEET = "来电记录"
HEADINGS = (
    "来电编号", "客服", "开始时间", "结束时间", "时长（分钟）", "参保地", "结果", "查看的问题", "核对与估算", "上报", "备注",
)  # fmt: skip

_PROBLEMS: Mapping[str, str] = {
    "no_call": "现在没有进行中的来电，请先开始来电。",
    "unknown_call": "没有找到这通来电。",
    "bad_outcome": "请选择来电结果：已答复、待跟进或答案有误。",
    "bad_kind": "没有这一类记录：{found}。",
    "note_too_long": "备注有 {found} 个字，最多 {limit} 个字，请删减一些。",
    "text_too_long": "说明有 {found} 个字，最多 {limit} 个字，请删减一些。",
    "empty_report": "请写一下来电人怎么问的，或者答案应该怎么改。",
    "code_locked": "客服码输错次数太多，请 {minutes} 分钟后再试。",
}


def outcome_name(outcome: str | None, *, automatic: bool) -> str:
    """An outcome; a call that was forgotten says so."""
    name = OUTCOME_NAMES.get(outcome or "", "进行中")
    return f"{name}（系统自动结束）" if automatic else name


def problem(code: str, **values: object) -> str:
    """One sentence that says what is wrong and what to do."""
    written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return _PROBLEMS[code].format(**written)
