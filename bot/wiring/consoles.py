"""Builds the consoles of staff: accounts, the hotline console and its JSON."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot import wiring
from bot.knowledge.english import load_english
from bot.services.calls import Calls, Reports
from bot.services.codes import Codes
from bot.services.reference import Reference
from bot.services.staff_tools import StaffTools
from bot.storage.audit import AuditLog
from bot.storage.calls import CallStore
from bot.storage.codes import CodeStore
from bot.storage.conversations import Conversations
from bot.storage.reports import ReportStore

if TYPE_CHECKING:
    from bot.nlu.understanding import Understanding
    from bot.services.accounts import Accounts
    from bot.services.searching import Searching
    from bot.web.maintain_pages import MaintainDesk
    from bot.web.pages import Pages
    from bot.web.security import Access
    from bot.web.staff_screen import Desk
    from bot.wiring.inbox import Model


@lru_cache(maxsize=1)
def calls() -> Calls:
    """The call records of this process."""

    def questions() -> dict[str, str]:
        return {topic.id: topic.question for topic in wiring.knowledge()().faq.values()}

    return Calls(CallStore(wiring.database()), wiring.now, questions, wiring.settings().calls_kept_days)


@lru_cache(maxsize=1)
def reports() -> Reports:
    """What clerks report to the maintainers."""
    return Reports(ReportStore(wiring.database()), calls(), wiring.now)


def codes() -> Codes:
    """The codes that open a conversation to a clerk."""
    log = AuditLog(wiring.database())
    return Codes(
        store=CodeStore(wiring.database()),
        # 50 turns with all that happened in them; a turn of a form has about a dozen events.
        conversations=Conversations(wiring.database(), tail=1_000),
        key=hmac.digest(wiring.secret(), b"support codes", "sha256"),
        now=wiring.now,
        # No zero at the front: nobody has to wonder whether it counts.
        new_code=lambda: str(100_000 + secrets.randbelow(900_000)),
        audit=lambda user_name, action, detail: log.add(user_name, action, detail, wiring.now()),
    )


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The desk's reference of this process."""
    return Reference(wiring.knowledge(), wiring.today, wiring.settings().sources_dir)


@lru_cache(maxsize=1)
def staff_tools() -> StaffTools:
    """The two tools of the desk."""
    return StaffTools(wiring.knowledge(), wiring.today, wiring.settings().sources_dir)


@lru_cache(maxsize=1)
def accounts() -> Accounts:
    """The accounts of staff."""
    from argon2 import PasswordHasher

    from bot.services.accounts import Accounts
    from bot.services.lockout import Lockout
    from bot.services.passwords import Passwords
    from bot.storage.accounts import AccountStore
    from bot.storage.audit import AuditLog
    from bot.storage.login_failures import LoginFailures

    return Accounts(
        AccountStore(wiring.database()),
        AuditLog(wiring.database()),
        # The library's own effort: argon2id as in RFC 9106 for little memory (64 MB), about 0.2 s.
        Passwords(PasswordHasher()),
        Lockout(LoginFailures(wiring.database()), wiring.now, wiring.secret()),
        wiring.now,
        lambda: secrets.token_urlsafe(32),
    )


@lru_cache(maxsize=1)
def pages() -> Pages:
    """The pages of the consoles."""
    from bot.web.pages import Pages

    return Pages(wiring.CHINA)


@lru_cache(maxsize=1)
def access() -> Access:
    """Who may see which page."""
    from bot.web.security import Access

    return Access(accounts(), pages(), secure=wiring.settings().secure_cookies)


def searching(rank: Callable[[str], Sequence[tuple[str, float]]]) -> Searching:
    """The search of the consoles; ``rank`` asks the model in use."""
    from bot.knowledge.examples import LiveExamples
    from bot.services.searching import Searching

    examples = LiveExamples(wiring.settings().root / "data" / "nlu.yml")
    gloss = load_english(wiring.settings().knowledge / "english.yml").get
    return Searching(wiring.knowledge(), examples.current, rank, wiring.today, gloss)


def staff_desk(rank: Callable[[str], Sequence[tuple[str, float]]]) -> Desk:
    """What the hotline console works with."""
    from bot.services.exports import names_of
    from bot.web.staff_screen import Desk

    return Desk(
        searching=searching(rank),
        reference=reference(),
        tools=staff_tools(),
        calls=calls(),
        reports=reports(),
        codes=codes(),
        today=wiring.today,
        topic_name=lambda topic: names_of(wiring.knowledge()()).topic(topic),
        place_name=lambda place: names_of(wiring.knowledge()()).place(place),
    )


def maintain_desk(model: Model) -> MaintainDesk:
    """What the maintainers' console works with."""
    from bot.knowledge.places import GENERAL
    from bot.services.exports import names_of
    from bot.services.previews import previews
    from bot.web.maintain_pages import MaintainDesk
    from bot.wiring import inbox, maintenance

    return MaintainDesk(
        editing=maintenance.editing(),
        policies=maintenance.policy_editing(),
        exchange=maintenance.exchange(),
        inbox=inbox.inbox(model),
        analytics=inbox.analytics(model),
        runs=maintenance.training_runs(),
        publishing=maintenance.publishing(),
        gate=maintenance.gate(),
        today=wiring.today,
        approved=maintenance.version_store().approved,
        preview=lambda draft: previews(draft, wiring.knowledge()),
        places=reference().places,
        place_names=lambda: (GENERAL, *(choice.name for choice in reference().places())),
        topic_name=lambda topic: names_of(wiring.knowledge()()).topic(topic),
        place_name=lambda place: names_of(wiring.knowledge()()).place(place),
    )


def add_to(app: Any) -> Callable[[], object]:
    """Put the consoles into a web application; gives what makes search and inbox ready, which takes a while."""
    from bot.nlu.classifier import TopicClassifier
    from bot.web.accounts import accounts_blueprint
    from bot.web.maintain import maintain_blueprint
    from bot.web.staff import staff_blueprint
    from bot.web.staff_api import add_staff_api

    def understanding() -> Understanding | None:
        """What the model in use understands with."""
        classifier = app.ctx.agent.component(TopicClassifier)
        return classifier.understanding if classifier is not None else None

    def rank(text: str) -> Sequence[tuple[str, float]]:
        model = understanding()
        return model.rank(text) if model is not None else ()

    desk = staff_desk(rank)
    app.blueprint(accounts_blueprint(accounts(), access(), pages()))
    app.blueprint(staff_blueprint(desk, access(), pages(), accounts().audit))
    add_staff_api(app, desk, wiring.knowledge(), access(), accounts().audit)
    maintaining = maintain_desk(understanding)
    app.blueprint(maintain_blueprint(maintaining, access(), pages()))

    def prepare() -> None:
        desk.searching.prepare()
        maintaining.inbox.prepare()

    return prepare
