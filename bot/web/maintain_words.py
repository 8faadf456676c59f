"""Words of the maintainers' pages that no template holds: states, steps of a training run, what the gate says."""

from __future__ import annotations

from collections.abc import Mapping

from bot.services.gate_report import Reason

RUN_STATES: Mapping[str, str] = {
    "running": "正在训练",
    "done": "训练完成",
    "failed": "没有完成",
    "cancelled": "已停止",
}
STEPS: Mapping[str, str] = {
    "started": "开始",
    "snapshot": "留下这一刻的知识和问法",
    "check": "检查知识和问法",
    "load": "装入 Rasa",
    "topics": "学习主题",
    "facts": "准备地名",
    "rules": "学习规则",
    "measure": "用评测问题量新模型",
    "measure_live": "用同样的问题量使用中的模型",
    "tests": "跑对话测试和政策测试",
    "report": "写检查结果",
    "done": "完成",
    "failed": "没有完成",
    "cancelled": "已停止",
}
OBJECTIONS: Mapping[str, str] = {
    "not_judged": "这一版还没有经过检查",
    "gate_failed": "检查没有通过",
    "not_approved": "还有会变的答案没有认可",
    "judged_against_another": "检查以后，使用中的版本又换过了，要重新训练",
}
PROBLEMS: Mapping[str, str] = {
    **OBJECTIONS,
    "running": "已经有一个训练在进行，等它完成，或先停止它。",
    "no_such_run": "没有这次训练。",
    "over": "这次训练已经结束。",
    "no_such_version": "没有这个版本。",
    "already_live": "这一版已经在使用。",
    "no_predecessor": "没有更早的版本可以退回。",
    "files_broken": "这一版的知识文件通不过现在的检查，没有退回。",
    "smoke_failed": "试聊没有通过，已自动恢复原样。",
    "published_before": "这一版以前用过，请用“退回这一版”。",
    "no_such_change": "没有这一条变动，请刷新后再看。",
    "busy": "正在发布，请稍等再试。",
}
_REASONS: Mapping[str, str] = {
    "floor": "{name}只有 {found}，最少要 {wanted}",
    "ceiling": "{name}有 {found}，最多只能 {wanted}",
    "loss": "{name}只有 {found}；和使用中的版本比，不能低于 {wanted}",
    "not_measured": "没有量过新模型",
}


def reason_words(reason: Reason) -> str:
    """Why a candidate does not pass, as one line."""
    if reason.code == "tests":
        # Here ``found`` counts tests, and ``name`` says why they could not be run.
        return f"测试没有跑成：{reason.name}" if reason.name else f"有 {reason.found or 0:.0f} 个测试没有通过"
    numbers = {"found": _share(reason.found), "wanted": _share(reason.wanted)}
    return _REASONS.get(reason.code, "{name}").format(name=figure_words(reason.name), **numbers)


def figure_words(name: str) -> str:
    """A figure of the gate as people read it; what has no name of its own stays as it is."""
    return {
        "top1": "第一个就对",
        "top3": "前三个里有",
        "follow_ups": "追问",
        "declined": "该拒的拒了",
        "wrongly_declined": "不该拒的拒了",
    }.get(name, name)


def step_words(step: str, note: str) -> str:
    """A line of progress as people read it."""
    named = STEPS.get(step, step)
    return f"{named}：{note}" if note else named


def _share(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f}%"
