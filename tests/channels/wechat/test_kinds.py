"""Every kind of message and event over the webhook, with the posters and places of the real knowledge."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.wechat import replies
from bot.channels.wechat.channel import TIMING
from bot.channels.wechat.intake import Ask, intake
from bot.channels.wechat.messages import read_message
from bot.channels.wechat.protocol import read_xml
from bot.knowledge.base import KnowledgeBase, load_knowledge
from bot.nlu.place_ruler import PlaceRuler
from bot.services.people import scenes
from bot.services.reading import Message, MessageReader
from tests.channels.wechat.webhook import StartWebhook, payload, reply_text

LABEL = "上海市黄浦区人民大道"


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    """The real knowledge base."""
    return load_knowledge(Path(__file__).parents[3] / "knowledge")


@pytest.fixture(scope="module")
def ruler(base: KnowledgeBase) -> PlaceRuler:
    """What finds places in texts."""
    aliases = {alias: place.area.path for place in base.places.by_id.values() for alias in place.aliases}
    return PlaceRuler(base.places.divisions, aliases)


def slots(base: KnowledgeBase, ruler: PlaceRuler, text: str, intent: str) -> dict[str, object]:
    """The slots that the dialogue sets when it hears this."""
    entities = [
        {"entity": "place", "value": place.path, **({"role": place.role} if place.role else {})}
        for place in ruler.find(text)
    ]
    return MessageReader(base.places).read(Message(text, intent, entities), {"language": "zh"}, None)


def event(name: str, key: str = "") -> str:
    """An event of which no payload file exists."""
    return (
        payload("unsubscribe")
        .replace("[unsubscribe]", f"[{name}]")
        .replace("</xml>", f"<EventKey>{key}</EventKey></xml>")
    )


@pytest.mark.parametrize("name", ["subscribe_scene", "scan"])
def test_the_poster_of_a_served_place_presets_it(start: StartWebhook, base: KnowledgeBase, name: str) -> None:
    webhook = start(scenes=scenes(base))
    body = payload(name).replace("huaian-1", "huaian")
    assert ("qrscene_huaian" in body) is (name == "subscribe_scene")
    assert reply_text(webhook.post(body)) == "回答：我的参保地是淮安"


def test_every_served_place_has_a_scene_that_presets_it(base: KnowledgeBase, ruler: PlaceRuler) -> None:
    said = scenes(base)
    assert "huaian" in said
    for place_id, text in said.items():
        assert slots(base, ruler, text, "set_place")["insured_place"] == place_id


@pytest.mark.parametrize(
    ("label", "area"),
    [
        (LABEL, "上海/上海/黄浦"),
        ("上海市人民广场市民中心", "上海"),
        ("上海市静安区南京西路1686号", "上海/上海/静安"),
        ("江苏省淮安市清江浦区北京西路60号", "江苏/淮安/清江浦"),
        ("江苏省扬州市高邮市海潮路", "江苏/扬州/高邮"),
        ("中国江苏省苏州市吴江区", "江苏/苏州/吴江"),
        ("广东省东莞市长安镇厦岗社区", "广东/东莞"),
        ("湖北省荆州市沙市区北京路", "湖北/荆州/沙市"),
        ("湖北省恩施土家族苗族自治州恩施市舞阳大道", "湖北/恩施"),
        ("新疆维吾尔自治区乌鲁木齐市天山区解放北路", "新疆/乌鲁木齐/天山"),
        ("广西壮族自治区南宁市青秀区", "广西/南宁/青秀"),
        ("西藏自治区拉萨市城关区北京中路", "西藏/拉萨/城关"),
        ("香港特别行政区油尖旺区", "香港"),
    ],
)
def test_the_area_of_a_location_label_is_the_place_of_care_and_its_street_is_no_place(
    ruler: PlaceRuler, label: str, area: str
) -> None:
    asked = intake(read_message(read_xml(payload("location").replace(LABEL, label).encode())), {})
    assert isinstance(asked, Ask)
    assert [(place.path, place.role) for place in ruler.find(asked.text)] == [(area, "care")]


def test_a_location_sets_the_slot_of_the_place_of_care_alone(base: KnowledgeBase, ruler: PlaceRuler) -> None:
    asked = intake(read_message(read_xml(payload("location").encode())), {})
    assert isinstance(asked, Ask)
    said = slots(base, ruler, asked.text, "inform")
    assert (said.get("care_place"), said.get("insured_place"), said.get("insured_area")) == (
        "上海/上海/黄浦",
        None,
        None,
    )


@pytest.mark.parametrize("label", ["Huangpu, Shanghai", "浦东国际机场", "1号"])
def test_a_label_that_begins_with_no_area_is_said_whole(label: str) -> None:
    asked = intake(read_message(read_xml(payload("location").replace(LABEL, label).encode())), {})
    assert asked == Ask(f"我在{label}")


@pytest.mark.parametrize(
    "body",
    [
        event("kf_create_session"),
        event("kf_close_session"),
        event("kf_switch_session"),
        event("location_select"),
        event("scancode_waitmsg", "key"),
        event("", "key"),
        payload("view"),
        payload("unsubscribe"),
        payload("location_report"),
    ],
)
def test_events_of_the_account_itself_are_acknowledged_and_not_asked(start: StartWebhook, body: str) -> None:
    webhook = start()
    response = webhook.post(body)
    assert (response.status_code, response.text, webhook.bot.heard) == (200, "success", [])


def test_a_click_asks_what_its_button_says(start: StartWebhook) -> None:
    assert reply_text(start().post(payload("click"))) == "回答：报销估算"


def test_a_tapped_option_is_a_text_like_any_other(start: StartWebhook) -> None:
    webhook = start()
    tapped = payload("text_tapped")
    assert "bizmsgmenuid" in tapped
    assert reply_text(webhook.post(tapped)) == reply_text(
        webhook.post(tapped.replace("<bizmsgmenuid>2</bizmsgmenuid>", ""))
    )


def test_a_recognised_voice_is_answered_like_the_same_text(start: StartWebhook) -> None:
    webhook = start()
    spoken = reply_text(webhook.post(payload("voice_recognised")))
    assert spoken == webhook.say("怎么备案？")


@pytest.mark.parametrize("recognition", ["", " ", "\n"])
def test_a_voice_that_was_not_recognised_is_asked_for_in_writing(
    start: StartWebhook, recognition: str
) -> None:
    webhook = start()
    body = payload("voice_recognised").replace("怎么备案？", recognition)
    assert (reply_text(webhook.post(body)), webhook.bot.heard) == (replies.VOICE, [])


@pytest.mark.parametrize(
    "said", ["【收到不支持的消息类型，暂无法显示】", " 【收到不支持的消息类型，请在手机上查看】"]
)
def test_what_wechat_writes_for_a_kind_it_cannot_forward_is_not_taken_for_a_question(
    start: StartWebhook, said: str
) -> None:
    webhook = start()
    assert (webhook.say(said), webhook.bot.heard) == (replies.UNSUPPORTED, [])


def test_the_deadline_and_the_memory_fit_wechats_three_deliveries_of_five_seconds() -> None:
    assert (TIMING.deliveries, TIMING.apart, TIMING.over) == (3, 5.0, 15.0)
    assert 3.0 < TIMING.deadline < 5.0
    assert TIMING.kept > 15.0
