"""What WeChat's API refuses, and one line of advice for each code that an operator can do something about."""

from __future__ import annotations

# The API's own codes. An answer that cannot be read, or none at all, has no code: None stands for it.
BUSY = -1
TOO_FAST = 45011
DAILY_LIMIT = 45009
ADDRESS_REFUSED = 40164
TOKEN_REFUSED = frozenset({40001, 40014, 42001})

_CREDENTIALS = "check WECHAT_APP_ID and WECHAT_APP_SECRET against the console (设置与开发 > 基本配置)"
_DEFAULT = "look the code up in WeChat's list of return codes (全局返回码)"

# Meanings: WeChat's list of return codes (全局返回码), the pages of the single calls, wechatpy's `constants.py`.
ADVICE: dict[int | None, str] = {
    None: "no readable answer came; check the network of this server and WECHAT_API_BASE",
    BUSY: "WeChat is busy; it passes, nothing is to be done",
    40001: _CREDENTIALS,
    40003: "the openid belongs to another account; check that WECHAT_APP_ID is the account the user wrote to",
    40013: _CREDENTIALS,
    40014: _CREDENTIALS,
    40125: _CREDENTIALS,
    ADDRESS_REFUSED: "add this server's IP to the white list of the account (设置与开发 > 基本配置 > IP白名单)",
    40243: "the AppSecret is frozen; unfreeze it in the console, or reset it and set WECHAT_APP_SECRET",
    42001: _CREDENTIALS,
    43004: "the user does not follow the account (any more); nothing can be sent",
    43019: "the account has put this user on its blacklist; take the user off it in the console to write again",
    45002: "the text is longer than 2,048 bytes; split it before sending",
    DAILY_LIMIT: "the daily limit of this call is used up; nothing more is sent before midnight in China. "
    "The limit can be cleared in the console ten times a month; start the assistant again after that",
    TOO_FAST: "the limit per minute is used up; send less at once",
    45015: "the user wrote more than 48 hours ago (or clicked more than a minute ago); the user has to write first",
    45047: "the messages that one message of the user allows are used up (5, a click 3); the user has to write again",
    46003: "the account has no menu; run python -m bot menu push",
    48001: "the account may not use this call: it is not verified, or the permission is missing in the console",
    48002: "the user refuses messages of this account; nothing can be sent",
    48004: "WeChat has banned this call for the account; look for the notice in the console",
    50002: "the user's account is limited by WeChat; nothing can be sent",
    87014: "WeChat holds the text for forbidden content; look at the answer's wording",
}


class WeChatApiError(Exception):
    """A call that WeChat refused (`code`) or did not answer (None); the text names call, code and advice only.

    No openid, no text of a message, no token and no full address is in it, so that it can be logged as it is.
    """

    def __init__(self, call: str, code: int | None, *, seen_address: str = "") -> None:
        """`seen_address` is the IP under which WeChat saw this server, for the white list."""
        self.code = code
        self.advice = ADVICE.get(code, _DEFAULT)
        if seen_address:
            self.advice = f"{self.advice}; WeChat saw {seen_address}"
        said = "gave no readable answer to" if code is None else f"answered {code} to"
        super().__init__(f"WeChat {said} {call}: {self.advice}")
