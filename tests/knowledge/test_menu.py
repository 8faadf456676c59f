"""The menu of the account: what WeChat would refuse or cut is said before it is pushed, a line for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.errors import KnowledgeError
from bot.knowledge.menu import Button, Menu, load_menu, published
from bot.knowledge.yaml_files import read_yaml

MENU = Path(__file__).parents[2] / "knowledge/menu.yml"
GOOD = "buttons:\n  - label: 报销估算\n    says: 帮我估算报销\n"


def load(folder: Path, text: str) -> Menu:
    path = folder / "menu.yml"
    path.write_text(text, encoding="utf-8")
    return load_menu(path)


def below(count: int) -> str:
    """A button with so many buttons below it."""
    entries = "".join(f"      - label: 第{number}\n        says: 问{number}\n" for number in range(count))
    return f"buttons:\n  - label: 常见问题\n    buttons:{' []' if not count else ''}\n{entries}"


def test_our_menu_has_three_buttons_and_goes_to_wechat_in_its_form() -> None:
    sent = load_menu(MENU).for_wechat()["button"]
    assert [button["name"] for button in sent] == ["备案核对", "报销估算", "常见问题"]
    assert sent[0] == {"type": "click", "name": "备案核对", "key": "我要核对备案资格"}
    assert set(sent[2]) == {"name", "sub_button"}
    assert len(sent[2]["sub_button"]) == 5


def test_what_is_as_long_as_wechat_allows_passes(tmp_path: Path) -> None:
    text = GOOD.replace("帮我估算报销", "估" * 42 + "ab")
    text += f"  - label: abcdefgh\n    opens: https://{'a' * 1016}\n"
    text += "  - label: 四个汉字\n    buttons:\n      - label: 一共七个汉字哦\n        says: 好\n"
    first, second, third = load(tmp_path, text).buttons
    assert (len(first.says.encode()), len(second.opens)) == (128, 1024)
    assert third.buttons == (Button("一共七个汉字哦", says="好"),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("buttons: []\n", "menu.yml, the menu: has 0 buttons; write 1 to 3"),
        (GOOD + GOOD.removeprefix("buttons:\n") * 3, "menu.yml, the menu: has 4 buttons; write 1 to 3"),
        ("button: 1\n", "menu.yml, button: unknown key; write buttons alone at the left"),
        (below(0), "menu.yml, the menu, button 1: has 0 buttons; write 1 to 5"),
        (below(6), "menu.yml, the menu, button 1: has 6 buttons; write 1 to 5"),
        (
            GOOD.replace("报销估算", "报销估算吧"),
            "menu.yml, the menu, button 1: 报销估算吧 would not be shown whole; ",
        ),
        (GOOD.replace("报销估算", "abcdefghijklmnopq"), "menu.yml, the menu, button 1: label has 17 bytes; "),
        (
            GOOD.replace("帮我估算报销", "估" * 43),
            "menu.yml, the menu, button 1: says has 129 bytes; shorten it to 128",
        ),
        (GOOD.replace("帮我估算报销", "12393"), "menu.yml, the menu, button 1: says is 12393; write a text"),
        (
            GOOD.replace("says: 帮我估算报销", "says:"),
            "menu.yml, the menu, button 1: says is missing; write a text",
        ),
        (GOOD.replace("says: ", "type: "), "menu.yml, the menu, button 1: unknown key type; "),
        (GOOD + "    opens: https://a\n", "menu.yml, the menu, button 1: has says and opens; write one of "),
        (
            "buttons:\n  - label: 空\n",
            "menu.yml, the menu, button 1: does nothing; write one of says, opens, buttons",
        ),
        ("buttons:\n  - 空\n", "menu.yml, the menu, button 1: label is missing; write a text"),
        ("buttons:\n  - label: 网\n    opens: www.a.cn\n", "menu.yml, the menu, button 1: opens www.a.cn; "),
        (
            "buttons:\n  - label: 网\n    opens: https://" + "a" * 1017,
            "menu.yml, the menu, button 1: opens has 1025 bytes; ",
        ),
        (
            below(1) + "        buttons: []\n",
            "menu.yml, the menu, button 1, button 1: unknown key buttons; write one of label, says, opens",
        ),
        (
            below(1).replace("第0", "一共有八个汉字呀"),
            "menu.yml, the menu, button 1, button 1: 一共有八个汉字呀 would not be shown whole; shorten it to 7 ",
        ),
        (
            below(1).replace("第0", "汉" * 21),
            "menu.yml, the menu, button 1, button 1: label has 63 bytes; shorten it to 60 ",
        ),
    ],
)
def test_what_wechat_would_refuse_or_cut_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load(tmp_path, text)
    assert any(found.startswith(line) for found in caught.value.problems), caught.value.problems


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = below(2).replace("says: 问0", "says:").replace("第1", "一共有八个汉字呀")
    with pytest.raises(KnowledgeError) as caught:
        load(tmp_path, text)
    assert len(caught.value.problems) == 2


def test_the_menu_that_wechat_shows_is_read_back_as_it_was_sent() -> None:
    menu = load_menu(MENU)
    sent = menu.for_wechat()["button"]
    sent[2]["sub_button"] = {"list": sent[2]["sub_button"]}
    assert published({"is_menu_open": 1, "selfmenu_info": {"button": sent}}) == menu


def test_a_menu_made_in_the_console_is_shown_as_far_as_it_can_be() -> None:
    made = [
        {"name": "官网", "type": "view", "url": "https://a.cn"},
        {"name": "图文", "sub_button": {"list": [{"name": "一篇", "type": "news", "value": "MEDIA"}]}},
    ]
    found = published({"is_menu_open": 1, "selfmenu_info": {"button": made}})
    assert found is not None
    assert list(found.lines()) == ["官网 → https://a.cn", "图文", "  一篇 (news)"]


@pytest.mark.parametrize(
    "answer",
    [{"is_menu_open": 0, "selfmenu_info": {"button": [{}]}}, {"is_menu_open": 1, "selfmenu_info": {}}, {}],
)
def test_no_menu_is_none(answer: dict[str, object]) -> None:
    assert published(answer) is None


def test_every_text_that_a_button_says_stands_in_the_conversations_that_prove_it_understood() -> None:
    conversations = read_yaml(MENU.parents[1] / "tests/conversations/menu.yml")
    proved = {turn["user"] for turns in conversations.values() for turn in turns}
    said = {button.says for first in load_menu(MENU).buttons for button in (first, *first.buttons)} - {""}
    assert not said - proved, "add a conversation with each to tests/conversations/menu.yml"
