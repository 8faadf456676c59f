"""Short labels of the consoles: roles, what the audit log calls things, and what is wrong with an entry."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "ACTIONS",
    "DETAILS",
    "DONE",
    "ERRORS",
    "ROLES",
    "action_word",
    "detail_words",
    "wait_words",
    "who_word",
]

ROLES = {"staff": "坐席", "maintainer": "维护员", "admin": "管理员"}

ACTIONS = {
    "login": "登录",
    "login_failed": "登录失败",
    "logout": "退出",
    "password_changed": "改自己的密码",
    "password_change_failed": "改密码时原密码不对",
    "password_reset": "重设密码",
    "user_added": "添加用户",
    "role_changed": "改角色",
    "user_disabled": "停用用户",
    "user_enabled": "恢复用户",
    "token_made": "生成接口令牌",
    "token_revoked": "收回接口令牌",
    "audit_read": "查看操作记录",
    "transcript_opened": "打开对话记录",
    "code_wrong": "客服码不对",
    "calls_read": "查看全部来电记录",
    "calls_exported": "导出来电记录",
    "topic_saved": "修改主题",
    "topic_added": "新建主题",
    "topic_removed": "删除主题",
    "examples_added": "添加例句",
    "policy_saved": "修改规则",
    "imported": "导入表格",
    "reverted": "撤回修改",
    "inbox_assign": "收件箱：归入主题",
    "inbox_new_topic": "收件箱：新建主题",
    "inbox_out_of_scope": "收件箱：标为不受理",
    "inbox_dismiss": "收件箱：忽略",
    "inbox_reopened": "收件箱：撤销处理",
    "training_started": "开始训练",
    "training_cancelled": "取消训练",
    "answers_approved": "认可答案变化",
    "gate_overridden": "不顾检查结果发布",
    "version_published": "发布版本",
    "version_rolled_back": "退回版本",
    "publication_undone": "发布未成，已复原",
}
"""Actions of the audit log, in the order in which they are offered."""

DETAILS = {
    "name": "账号",
    "role": "角色",
    "from": "原来",
    "to": "改为",
    "address": "网络",
    "user": "用户",
    "action": "操作",
    "day": "日期",
    "transcript": "记录号",
    "conversation": "对话",
    "calls": "来电数",
    "as": "格式",
    "topic": "主题",
    "revision": "修改号",
    "label": "归为",
    "texts": "句数",
    "batch": "处理号",
    "run": "训练号",
    "why": "理由",
    "version": "版本",
    "previous": "原来的版本",
    "changes": "变化数",
    "against": "未通过",
    "by": "操作人",
}
"""What stands in the details of an entry."""

DONE = {
    "user_added": "已添加",
    "role_changed": "角色已改，对方要重新登录",
    "password_reset": "密码已重设，对方登录后要自己改一次",
    "user_disabled": "已停用，对方马上退出",
    "user_enabled": "已恢复",
    "password_changed": "密码已改。别处的登录都已退出。",
}
"""What was just done."""

ERRORS = {
    "bad_name": "用户名写 2 到 32 个字：汉字、字母、数字、点、横线或下划线，不能有空格。",
    "name_is_number": "用户名不能是电话号码或证件号码。",
    "name_taken": "这个用户名已经有了，请换一个。",
    "bad_role": "请选一个角色。",
    "no_such_user": "没有这个用户。",
    "last_admin": "这是唯一的管理员。请先让另一位成为管理员。",
    "own_account": "不能在这里改自己的账号。改密码请点右上角您的名字。",
    "same_password": "新密码和原密码一样，请换一个。",
    "differs": "两次输入的新密码不一样，请再输一次。",
    "wrong_old": "原密码不对。",
    "password_too_short": "密码至少 10 个字符。",
    "password_too_long": "密码最多 200 个字符。",
    "password_like_name": "密码不能和用户名一样。",
    "password_worst": "这个密码太常见，请换一个。",
    "password_monotonous": "这个密码里重复的字符太多，请换一个。",
    "expired": "页面已经过期，请再试一次。",
    "log_in_failed": "用户名或密码不对。账号停用了的，请找管理员。",
    "bad_day": "日期请写成 2026-01-31 这样。",
}
"""What is wrong with what was entered, and what to do."""


def wait_words(seconds: int) -> str:
    """How long to wait after too many wrong passwords."""
    time = f"{seconds} 秒" if seconds <= 90 else f"{-(-seconds // 60)} 分钟"
    return f"输错次数太多，请等 {time}再试。"


def action_word(action: str) -> str:
    """An action as people read it."""
    return ACTIONS.get(action, action)


def detail_words(detail: Mapping[str, str]) -> list[tuple[str, str]]:
    """The details of an entry as people read them."""
    return [(DETAILS.get(name, name), _value(name, value)) for name, value in detail.items() if value]


def who_word(user: str, action: str) -> str:
    """Who did it: the user; nobody known at a failed log-in, and else whoever has the server's command line."""
    return user or ("—" if action == "login_failed" else "命令行")


def _value(name: str, value: str) -> str:
    if name == "action":
        return action_word(value)
    return ROLES.get(value, value) if name in ("role", "from", "to") else str(value)
