"""What WeChat delivers, as typed values, pure. A kind not known here becomes `Unknown`, never an error.

The openid and what the user wrote are left out of every `repr`, so that a logged message tells neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.channels.wechat.errors import BadBody

_COORDINATE = re.compile(r"-?\d{1,3}(\.\d{1,12})?", re.ASCII)
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_SCENE_PREFIX = "qrscene_"


@dataclass(frozen=True)
class Envelope:
    """Who wrote to which account and when (`created_at`: seconds since 1970).

    `identity` is the same for each delivery of one message of one sender and differs between messages: the
    MsgId, or for events, which have none, what WeChat recommends (CreateTime) with the event and its key,
    because two events of one second are common.
    """

    account: str
    openid: str = field(repr=False)
    created_at: int
    identity: str = field(repr=False)


@dataclass(frozen=True)
class Text:
    """A text; `menu_id` is set when the user tapped an option instead of typing."""

    envelope: Envelope
    content: str = field(repr=False)
    menu_id: str = ""


@dataclass(frozen=True)
class Image:
    """A picture."""

    envelope: Envelope
    pic_url: str = field(repr=False)
    media_id: str = field(repr=False)


@dataclass(frozen=True)
class Voice:
    """A voice message; `recognition` is the transcript, mostly empty: WeChat is withdrawing it since 2023."""

    envelope: Envelope
    media_id: str = field(repr=False)
    format: str
    recognition: str = field(repr=False)


@dataclass(frozen=True)
class Video:
    """A video, `short` when it was recorded in the chat (小视频)."""

    envelope: Envelope
    media_id: str = field(repr=False)
    thumb_media_id: str = field(repr=False)
    short: bool


@dataclass(frozen=True)
class Location:
    """A place the user sent: degrees (None if unreadable), map scale, the address as WeChat writes it."""

    envelope: Envelope
    latitude: float | None = field(repr=False)
    longitude: float | None = field(repr=False)
    scale: str
    label: str = field(repr=False)


@dataclass(frozen=True)
class Link:
    """A shared article."""

    envelope: Envelope
    title: str = field(repr=False)
    description: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True)
class Subscribe:
    """The user follows the account; `scene` is the id inside the QR code that was scanned, or empty."""

    envelope: Envelope
    scene: str


@dataclass(frozen=True)
class Unsubscribe:
    """The user has left; nothing can be sent any more."""

    envelope: Envelope


@dataclass(frozen=True)
class Scan:
    """A follower scanned a QR code with this scene id."""

    envelope: Envelope
    scene: str


@dataclass(frozen=True)
class Click:
    """The user tapped a menu entry with this key."""

    envelope: Envelope
    event_key: str


@dataclass(frozen=True)
class View:
    """The user opened this address from the menu."""

    envelope: Envelope
    url: str


@dataclass(frozen=True)
class LocationReport:
    """The phone reported where it is, without the user doing anything; degrees, precision in metres."""

    envelope: Envelope
    latitude: float | None = field(repr=False)
    longitude: float | None = field(repr=False)
    precision: float | None = field(repr=False)


@dataclass(frozen=True)
class Unknown:
    """A kind of message or event that this code does not know; `is_event` tells which of the two."""

    envelope: Envelope
    kind: str
    is_event: bool


Message = (
    Text
    | Image
    | Voice
    | Video
    | Location
    | Link
    | Subscribe
    | Unsubscribe
    | Scan
    | Click
    | View
    | LocationReport
    | Unknown
)
# Events that are answered as if the person had written.
ASKING_EVENTS = (Subscribe, Scan, Click)
Fields = Mapping[str, str]


def read_message(fields: Fields) -> Message:
    """The message in these fields; raises `BadBody` where sender, account or kind is missing."""
    for name in ("ToUserName", "FromUserName", "MsgType"):
        if not fields.get(name):
            raise BadBody(f"The message has no {name}.")
    is_event = fields["MsgType"].lower() == "event"
    kind = fields.get("Event", "") if is_event else fields["MsgType"]
    reader = (_EVENTS if is_event else _MESSAGES).get(kind.lower())
    envelope = _envelope(fields)
    return reader(envelope, fields) if reader else Unknown(envelope, kind, is_event)


def _envelope(fields: Fields) -> Envelope:
    created = fields.get("CreateTime", "")
    told_apart = (
        created,
        fields["MsgType"],
        *(fields.get(name, "") for name in ("Event", "EventKey", "Content")),
    )
    return Envelope(
        account=fields["ToUserName"],
        openid=fields["FromUserName"],
        created_at=int(created) if _SECONDS.fullmatch(created) else 0,
        identity=fields.get("MsgId") or "\n".join(told_apart),
    )


def _number(text: str) -> float | None:
    return float(text) if _COORDINATE.fullmatch(text) else None


def _text(envelope: Envelope, fields: Fields) -> Message:
    return Text(envelope, fields.get("Content", ""), fields.get("bizmsgmenuid", ""))


def _image(envelope: Envelope, fields: Fields) -> Message:
    return Image(envelope, fields.get("PicUrl", ""), fields.get("MediaId", ""))


def _voice(envelope: Envelope, fields: Fields) -> Message:
    return Voice(
        envelope, fields.get("MediaId", ""), fields.get("Format", ""), fields.get("Recognition", "").strip()
    )


def _video(envelope: Envelope, fields: Fields) -> Message:
    short = fields["MsgType"].lower() == "shortvideo"
    return Video(envelope, fields.get("MediaId", ""), fields.get("ThumbMediaId", ""), short)


def _location(envelope: Envelope, fields: Fields) -> Message:
    latitude, longitude = _number(fields.get("Location_X", "")), _number(fields.get("Location_Y", ""))
    return Location(envelope, latitude, longitude, fields.get("Scale", ""), fields.get("Label", "").strip())


def _link(envelope: Envelope, fields: Fields) -> Message:
    return Link(envelope, fields.get("Title", ""), fields.get("Description", ""), fields.get("Url", ""))


def _subscribe(envelope: Envelope, fields: Fields) -> Message:
    return Subscribe(envelope, fields.get("EventKey", "").removeprefix(_SCENE_PREFIX))


def _location_report(envelope: Envelope, fields: Fields) -> Message:
    names = ("Latitude", "Longitude", "Precision")
    latitude, longitude, precision = (_number(fields.get(name, "")) for name in names)
    return LocationReport(envelope, latitude, longitude, precision)


_MESSAGES: dict[str, Callable[[Envelope, Fields], Message]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}
_EVENTS: dict[str, Callable[[Envelope, Fields], Message]] = {
    "subscribe": _subscribe,
    "unsubscribe": lambda envelope, fields: Unsubscribe(envelope),
    "scan": lambda envelope, fields: Scan(envelope, fields.get("EventKey", "")),
    "click": lambda envelope, fields: Click(envelope, fields.get("EventKey", "")),
    "view": lambda envelope, fields: View(envelope, fields.get("EventKey", "")),
    "location": _location_report,
}
