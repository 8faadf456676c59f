"""Rasa's tracker store over `Conversations`: turn 1,000 costs what turn 5 costs, and nothing is stored unmasked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActiveLoop,
    ConversationPaused,
    ConversationResumed,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, TrackerActiveLoop
from sqlalchemy.engine import Connection

from bot.storage.asked import Asked, read_turn
from bot.storage.complaints import WRONG_ANSWER, complaint_in
from bot.storage.conversations import Conversations, StoredConversation
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries, Settlement
from bot.storage.errors import BadUrlError
from bot.storage.misses import Misses
from bot.storage.questions import Questions
from bot.storage.scrubbing import scrub, scrub_event, slim_parse_data
from bot.text.masking import mask as mask_personal_data

Body = dict[str, Any]  # An event, or part of the state, as JSON.

# Where a tracker carries what this store has stored of it: (the store, the last event stored or None).
_MARK = "_bot_stored_up_to"


class BoundedTrackerStore(TrackerStore):
    """Keeps conversations in our database and hands out their newest events, with the state of all of them.

    Made by Rasa from `endpoints.yml` (`type: bot.storage.tracker_store.BoundedTrackerStore` and `url:`, which Rasa
    passes on as `host`; the tables are then brought up to date here), or directly with `database`, already migrated.
    `tail` is the largest number of events in a retrieved tracker. What each turn asked is kept beside it, without its
    sender, for `questions_kept_days`. Raises StorageError.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        url: str | None = None,
        host: str | None = None,
        database: Database | None = None,
        mask: Callable[[str], str] = mask_personal_data,
        tail: int = 60,
        questions_kept_days: int = 400,
        **kwargs: Any,
    ) -> None:
        """Make the store; see the class."""
        super().__init__(domain, event_broker, **kwargs)
        opened = database or _open(url or host)
        self._conversations = Conversations(opened, int(tail))
        self._deliveries = Deliveries(opened)
        self._questions = Questions(opened, int(questions_kept_days))
        self._misses = Misses(opened, mask)
        self._mask = mask

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker with the newest events of the latest session, or None for an unknown person."""
        stored = await asyncio.to_thread(self._conversations.load, sender_id)
        return None if stored is None else self._marked(self._rebuild(stored, latest_session=True))

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The tracker with every event of every session: for export, not for a turn."""
        stored = await asyncio.to_thread(self._conversations.load_all, conversation_id)
        return None if stored is None else self._marked(self._rebuild(stored, latest_session=False))

    async def save(self, tracker: DialogueStateTracker, settlement: Settlement | None = None) -> bool | None:
        """Store the events that are not stored yet, and the state after them, in one transaction.

        With a settlement the message that began the turn is answered in the same transaction; gives what
        :meth:`Deliveries.settle_in` gives. None where nothing was settled.
        """
        events = list(tracker.events)
        known = await self._stored_up_to(tracker, events)
        new = events[known:]
        if not new:
            return None
        written = [event.as_dict() for event in new]
        earlier = _earlier(events[:known], new)
        state = (_slots(tracker), _active_loop(tracker), tracker.is_paused())
        also = partial(self._deliveries.settle_in, settlement=settlement) if settlement else None
        bodies, settled = await asyncio.to_thread(
            self._append, tracker.sender_id, written, *state, earlier, also
        )
        self._marked(tracker, new[-1])
        self._publish(tracker.sender_id, bodies)
        return settled

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        return await asyncio.to_thread(self._conversations.keys)

    def _append(
        self,
        sender_id: str,
        events: list[Body],
        slots: Body,
        active_loop: Body | None,
        paused: bool,
        earlier: list[Body],
        also: Callable[[Connection], bool] | None,
    ) -> tuple[list[Body], bool | None]:
        """Mask and store events and the state after them, in a worker thread; gives the events as stored too.

        ``earlier`` are the events before these that matter to them.
        """
        bodies = [scrub_event(event, self._mask) for event in events]
        clean = scrub(slots, self._mask)
        asked = read_turn(bodies, clean, earlier)

        def write(session: Connection) -> bool | None:
            settled = also(session) if also is not None else None
            if asked is not None:
                self._note(session, asked, earlier)
            return settled

        state = (clean, scrub(active_loop, self._mask), paused)
        settled = self._conversations.append(sender_id, bodies, *state, write)
        if asked is not None:
            self._questions.keep_house(asked.day)
        return bodies, settled

    def _note(self, session: Connection, asked: Asked, earlier: list[Body]) -> None:
        """Keep what a turn asked, for the figures; and for the inbox, if it finds fault with an answer."""
        self._questions.add_in(session, asked)
        if asked.label == WRONG_ANSWER:
            about = complaint_in(asked.text, earlier, asked.place)
            if about is not None:
                self._misses.record_in(
                    session, about.text, about.kind, asked.at, [about.label], about.place, about.answer
                )

    def _publish(self, sender_id: str, bodies: list[Body]) -> None:
        """Hand stored events to the broker, if there is one: masked, like everything that leaves the process."""
        if self.event_broker is not None:
            for body in bodies:
                self.event_broker.publish({"sender_id": sender_id, **body})

    async def _stored_up_to(self, tracker: DialogueStateTracker, events: list[Event]) -> int:
        """How many of the tracker's events are stored already.

        Looked for by identity from the end: a count would go wrong where the tracker drops its oldest events.
        """
        store, last = getattr(tracker, _MARK, (None, None))
        if store is not self:
            return await self._known_to_database(tracker.sender_id, events)
        return _index_after(events, lambda event: event is last)

    async def _known_to_database(self, sender_id: str, events: list[Event]) -> int:
        """The same for a tracker that did not come from here (a copy, or one sent over Rasa's HTTP API)."""
        stored = await asyncio.to_thread(self._conversations.load, sender_id) if events else None
        if stored is None or not stored.events:
            return 0
        last = stored.events[-1]
        return _index_after(
            events, lambda event: event.type_name == last["event"] and event.timestamp == last["timestamp"]
        )

    def _rebuild(self, stored: StoredConversation, latest_session: bool) -> DialogueStateTracker:
        events = [event for body in stored.events if (event := _event(body))]
        if latest_session:
            events = _latest_session(events)
        before = [] if stored.is_whole else _lost_to_the_cut(stored, events, self.domain)
        tracker = DialogueStateTracker.from_events(stored.sender_key, before + events, self.domain.slots)
        _restore_loop(tracker, stored.active_loop)
        return tracker

    def _marked(self, tracker: DialogueStateTracker, last: Event | None = None) -> DialogueStateTracker:
        setattr(tracker, _MARK, (self, last or (tracker.events[-1] if tracker.events else None)))
        return tracker


def _open(url: str | None) -> Database:
    if not url:
        raise BadUrlError(
            "The tracker store in endpoints.yml names no database: add `url: sqlite:///folder/file.db`."
        )
    database = Database(url)
    database.migrate()
    return database


def _earlier(known: list[Event], new: list[Event]) -> list[Body]:
    """Of the events before a message, what it is compared with: the message before; of a complaint, all of them."""
    said = next((event for event in reversed(new) if isinstance(event, UserUttered)), None)
    if said is not None and said.intent_name == WRONG_ANSWER:
        return [event.as_dict() for event in known]
    last = next((event for event in reversed(known) if isinstance(event, UserUttered)), None)
    return [] if last is None else [last.as_dict()]


@cache
def _event_class(type_name: str) -> type[Event] | None:
    """Rasa searches all classes of events for the name at every event, which takes most of the time of a load."""
    return Event.resolve_by_type(type_name)


def _event(body: Body) -> Event | None:
    """The event that was stored as `body`, as `Event.from_parameters` makes it."""
    event_class = _event_class(body["event"])
    return event_class._from_parameters(body) if event_class else None  # noqa: SLF001


def _index_after(events: list[Event], is_last: Callable[[Event], bool]) -> int:
    """The index after the newest event that `is_last`, 0 where there is none."""
    return next((index + 1 for index in reversed(range(len(events))) if is_last(events[index])), 0)


def _slots(tracker: DialogueStateTracker) -> Body:
    """The slots that differ from a new conversation's, by name."""
    return {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value}


def _active_loop(tracker: DialogueStateTracker) -> Body | None:
    """The running form with its flags and the message that started it."""
    if not tracker.active_loop_name:
        return None
    loop = asdict(tracker.active_loop)
    if loop["trigger_message"]:
        loop["trigger_message"] = slim_parse_data(loop["trigger_message"])
    return loop


def _latest_session(events: list[Event]) -> list[Event]:
    starts = [index for index, event in enumerate(events) if isinstance(event, SessionStarted)]
    return events[starts[-1] :] if starts else events


def _lost_to_the_cut(stored: StoredConversation, events: list[Event], domain: Domain) -> list[Event]:
    """Events that stand for everything before the cut.

    A slot gets its value of today even where the newest events set it again: one of them may be reverted. A reset among
    the newest events wipes these too, and everything known since then is set after it.
    """
    when = events[0].timestamp if events else 0.0
    before: list[Event] = []
    if stored.active_loop and not any(isinstance(event, ActiveLoop) for event in events):
        before.append(ActiveLoop(stored.active_loop["name"], timestamp=when))
    known = {slot.name for slot in domain.slots}  # A newer model may have dropped a slot.
    before.extend(SlotSet(name, value, when) for name, value in stored.slots.items() if name in known)
    if stored.paused and not any(
        isinstance(event, (ConversationPaused, ConversationResumed)) for event in events
    ):
        before.append(ConversationPaused(timestamp=when))
    return before


def _restore_loop(tracker: DialogueStateTracker, stored: Body | None) -> None:
    """Give the running form its flags and the message that started it, which may lie before the cut."""
    if stored and tracker.active_loop_name == stored["name"]:
        tracker.active_loop = TrackerActiveLoop(**stored)
