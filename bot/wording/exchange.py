"""The headings of the tables in which answers, examples and topics go out and come in, and what is said of each row."""

from __future__ import annotations

from collections.abc import Mapping

SHEETS: Mapping[str, str] = {"answers": "答案", "examples": "例句", "topics": "主题"}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "answers": {
        "topic": "主题编号",
        "question": "标准问法",
        "place": "参保地",
        "body": "答案",
        "sources": "依据",
        "checked_on": "核对",
        "since": "自",
        "until": "至",
    },
    "examples": {"label": "主题编号", "text": "例句"},
    "topics": {"topic": "主题编号", "question": "标准问法", "about": "话题"},
}

STATES: Mapping[str, str] = {"new": "新增", "changed": "修改", "same": "不变", "error": "有错"}
