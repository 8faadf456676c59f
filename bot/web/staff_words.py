"""Words of the hotline console that no template holds."""

from __future__ import annotations

from collections.abc import Mapping

TOOLS: Mapping[str, str] = {"check_filing": "filing", "estimate": "estimate"}
"""The tools as search finds them, and the view that each opens."""

SAID: Mapping[str, str] = {
    "started": "通话开始，已记录。",
    "ended": "通话已结束，记录已保存。",
    "reported": "已上报给维护人员。",
    "place": "参保地已换。",
}
"""What the console says after a form was taken."""

WRONG_CODE = "没有这个客服码：请核对 6 位数字。码只在 30 分钟内有效，也可能已被别的坐席打开。"
