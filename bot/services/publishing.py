"""Publishing a version, going back to one, and keeping the right ones. A kill at any point is put in order by `recover`.

What is live is said by the pointer that every worker follows. The journal is written before anything changes: until the new
state is proved, whoever finds it takes everything back; after that, whoever finds it only notes what was done.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.services.gate_report import GateReport
from bot.services.users import User
from bot.storage import version_files
from bot.storage.file_locks import FileLock
from bot.storage.journal import Journal
from bot.storage.version_files import VersionFiles
from bot.storage.versions import Publication, VersionStore

__all__ = ["Pointer", "Publication", "PublicationError", "Publishing", "Surroundings", "Version"]

_log = logging.getLogger(__name__)
_MODEL = ".tar.gz"
# Whoever only looks whether the lock is free holds it for a moment.
_LOOKED_S = 500 / 1_000

Audit = Callable[[User | None, str, dict[str, str]], None]


@dataclass(frozen=True)
class Version:
    """A version as it is listed; ``state`` is live, former (it was live) or candidate. ``unapproved`` counts changed answers."""

    name: str
    made_at: datetime
    user: str
    why: str
    run: str | None
    state: str
    predecessor: bool
    published_at: datetime | None
    report: GateReport | None
    unapproved: int


class PublicationError(ValueError):
    """What was asked for cannot be done; ``code`` is for the pages, ``details`` what speaks against it, a line each."""

    def __init__(self, code: str, message: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Pointer:
    """The pointer to the model that is served: what it holds, putting it elsewhere, and the model served in fact."""

    read: Callable[[], dict[str, str]]
    write: Callable[[Mapping[str, str]], None]
    served: Callable[[], Path | None]


@dataclass(frozen=True)
class Surroundings:
    """What publishing needs of the rest of the house.

    ``smoke`` has a conversation through a model (None: the one the pointer names) and gives what went wrong; ``check`` gives what
    is wrong with the files of a version; ``editing`` keeps others from changing the files; ``reach`` is told each named point.
    """

    smoke: Callable[[Path | None], list[str]]
    check: Callable[[Path], list[str]]
    audit: Audit
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    editing: Callable[[], AbstractContextManager[object]] = nullcontext
    reach: Callable[[str], None] = lambda _: None


class Publishing:
    """The versions of one project; ``kept`` of them stay."""

    def __init__(
        self, files: VersionFiles, store: VersionStore, pointer: Pointer, around: Surroundings, kept: int
    ) -> None:
        self._files = files
        self._store = store
        self._pointer = pointer
        self._around = around
        self._kept = kept
        self._lock = FileLock(files.folder / "lock")
        self._journal = Journal(files.folder / "journal.json")
        self._backup = files.folder / ".undo"

    # ---- what there is

    def live(self) -> str | None:
        """The name of the version that is served."""
        served = self._pointer.served()
        return served.name.removesuffix(_MODEL) if served is not None else None

    def versions(self) -> tuple[Version, ...]:
        """Every version, the newest first."""
        self.recover()
        live, before = self.live(), self.predecessor()
        published: dict[str, datetime] = {}
        for made in reversed(self._store.publications()):
            published[made.version] = made.at
        return tuple(self._version(name, live, before, published.get(name)) for name in self._files.names())

    def version(self, name: str) -> Version:
        """One version; PublicationError where there is none."""
        found = next((one for one in self.versions() if one.name == name), None)
        if found is None:
            raise _missing(name)
        return found

    def publications(self, limit: int = 50) -> list[Publication]:
        """What became live when, the newest first."""
        return self._store.publications(limit)

    def predecessor(self) -> str | None:
        """The version that was live before the live one was published first; None where it is not there any more."""
        live = self.live()
        for made in self._store.publications():
            if made.version == live and made.kind == "publish" and made.previous:
                return made.previous if self._files.exists(made.previous) else None
        return None

    def differences(self, name: str) -> list[str]:
        """The files that going back to a version would change."""
        if not self._files.exists(name):
            raise _missing(name)
        return self._files.differences(name)

    def objections(self, name: str) -> tuple[str, ...]:
        """What speaks against publishing a version, as codes; the reasons of the gate are in its report."""
        report = GateReport.from_json(self._files.report(name))
        if report is None:
            return ("not_judged",)
        found = [] if report.passed else ["gate_failed"]
        if report.unapproved(self._store.approved(name)):
            found.append("not_approved")
        if report.live != self.live():
            found.append("judged_against_another")
        return tuple(found)

    # ---- what is done

    def publish(self, name: str, user: User | None, override_reason: str = "") -> Publication:
        """Make a candidate the live version; with a reason also against the gate, which is audited."""
        reason = override_reason.strip()
        with self._alone():
            self._check_candidate(name)
            objections = self.objections(name)
            if objections and not reason:
                raise PublicationError(
                    objections[0],
                    f"version {name}: {', '.join(objections)}; give a reason to publish it all the same",
                    objections,
                )
            if objections:
                overridden = {"version": name, "why": reason, "against": ", ".join(objections)}
                self._around.audit(user, "gate_overridden", overridden)
            return self._put_live("publish", name, user, reason if objections else "")

    def rollback(self, user: User | None, why: str = "", to: str | None = None) -> Publication:
        """Go back, model and files together: to the version before the live one, or to one that is named."""
        with self._alone():
            target = to or self.predecessor()
            if target is None:
                raise PublicationError("no_predecessor", "versions: there is none to go back to; name one")
            if not self._files.exists(target):
                raise _missing(target)
            if target == self.live():
                raise PublicationError("already_live", f"version {target}: is the live one")
            wrong = self._around.check(self._files.files(target))
            if wrong:
                raise PublicationError(
                    "files_broken", f"version {target}: its files are refused: {wrong[0]}", tuple(wrong)
                )
            return self._put_live("rollback", target, user, why.strip())

    def prune(self) -> tuple[str, ...]:
        """Remove the oldest versions, but never the live one nor the one before it; gives their names."""
        with self._alone():
            return self._prune()

    def recover(self) -> str | None:
        """Put in order what a crash has left half done: "undone", "completed", or None where there was nothing to do."""
        if self._journal.read() is None:
            return None
        # Where the lock is not free, it is no crash: somebody is publishing.
        with self._lock.held() as mine:
            return self._recover() if mine else None

    def keep_live(self) -> None:
        """Make a version of the live model, with the files as they are now, where it was trained without one."""
        served = self._pointer.served()
        if served is not None and not self._files.exists(served.name.removesuffix(_MODEL)):
            with self._alone():
                self._kept_live()

    # ---- inside

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock.held(wait_s=_LOOKED_S) as mine:
            if not mine:
                raise PublicationError("busy", "versions: somebody is publishing; try again in a minute")
            self._recover()
            yield

    def _check_candidate(self, name: str) -> None:
        if not self._files.exists(name):
            raise _missing(name)
        if name == self.live():
            raise PublicationError("already_live", f"version {name}: is the live one")
        if any(made.version == name for made in self._store.publications()):
            raise PublicationError(
                "published_before", f"version {name}: was live before; go back to it with rollback"
            )

    def _put_live(self, kind: str, name: str, user: User | None, reason: str) -> Publication:
        previous = self._kept_live()
        made = Publication(
            self._around.new_id(),
            self._around.now(),
            kind,
            name,
            previous,
            user.name if user else "",
            reason,
        )
        entry = self._entry(made)
        self._journal.write(entry)
        try:
            self._prove(self._files.model(name))
            if kind == "rollback":
                entry = self._restore(entry)
            served = self._files.offer(name)
            self._around.reach("before_swap")
            self._pointer.write({"model": served.name, "fingerprint": self._fingerprint(name)})
            self._around.reach("after_swap")
            self._prove(None)
            entry = {**entry, "step": "proved"}
            self._journal.write(entry)
        except BaseException:
            self._undo(entry)
            raise
        self._complete(entry, user)
        self._prune()
        return made

    def _kept_live(self) -> str | None:
        """The name of the live version; a model that was trained without a version becomes one."""
        served = self._pointer.served()
        if served is None:
            return None
        name = served.name.removesuffix(_MODEL)
        if not self._files.exists(name):
            fingerprint = self._pointer.read().get("fingerprint", "")
            self._files.adopt(served, {"fingerprint": fingerprint})
        return name

    def _entry(self, made: Publication) -> dict[str, Any]:
        """What the journal says at the beginning."""
        offered = (self._files.models / f"{made.version}{_MODEL}").is_file()
        return {
            "step": "begun",
            "id": made.id,
            "at": made.at.isoformat(),
            "kind": made.kind,
            "version": made.version,
            "previous": made.previous,
            "user": made.user,
            "reason": made.reason,
            "pointer": self._pointer.read(),
            "offered": offered,
        }

    def _restore(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Put the files of a version in the place of those there are, which are kept for the way back."""
        with self._around.editing():
            shutil.rmtree(self._backup, ignore_errors=True)
            self._backup.mkdir(parents=True)
            version_files.copy_files(self._files.root, self._backup)
            restoring = {**entry, "step": "restoring"}
            self._journal.write(restoring)
            wanted = self._files.files(entry["version"])
            version_files.restore(wanted, self._files.root, self._around.reach)
        return restoring

    def _prove(self, model: Path | None) -> None:
        wrong = self._around.smoke(model)
        if wrong:
            when = "before" if model is not None else "after"
            raise PublicationError(
                "smoke_failed", f"the conversation {when} the swap failed: {wrong[0]}", tuple(wrong)
            )

    def _fingerprint(self, name: str) -> str:
        return str(self._files.note(name).get("fingerprint", ""))

    def _recover(self) -> str | None:
        entry = self._journal.read()
        if entry is None:
            return None
        if entry["step"] == "proved":
            _log.warning("The publication of %s, which was interrupted, is completed.", entry["version"])
            self._complete(entry, None)
            return "completed"
        _log.warning("The publication of %s, which was interrupted, is taken back.", entry["version"])
        self._undo(entry)
        return "undone"

    def _undo(self, entry: Mapping[str, Any]) -> None:
        """Everything as it was; what somebody else has changed since stays."""
        if entry["step"] == "restoring" and self._backup.is_dir():
            with self._around.editing():
                wanted = self._files.files(entry["version"])
                version_files.give_back(self._backup, wanted, self._files.root)
        self._pointer.write(entry["pointer"])
        if not entry["offered"]:
            self._files.withdraw(entry["version"])
        shutil.rmtree(self._backup, ignore_errors=True)
        detail = {"version": entry["version"], "by": entry["user"]}
        self._around.audit(None, "publication_undone", detail)
        self._journal.clear()

    def _complete(self, entry: Mapping[str, Any], user: User | None) -> None:
        """Note what was done; may be done twice."""
        at = datetime.fromisoformat(entry["at"])
        of = [entry[name] for name in ("kind", "version", "previous", "user", "reason")]
        self._store.add_publication(Publication(entry["id"], at, *of))
        if self._backup.is_dir() and entry["previous"]:
            # Nothing that somebody wrote is lost: it lies with the version that was left.
            left = self._files.folder / entry["previous"] / "left"
            shutil.rmtree(left, ignore_errors=True)
            self._backup.rename(left)
        action = "version_published" if entry["kind"] == "publish" else "version_rolled_back"
        names = {"version": entry["version"], "previous": entry["previous"] or "", "why": entry["reason"]}
        by = {} if user or not entry["user"] else {"by": entry["user"]}
        self._around.audit(user, action, {**names, **by})
        self._journal.clear()

    def _prune(self) -> tuple[str, ...]:
        safe = {self.live(), self.predecessor()}
        old = [name for name in self._files.names()[self._kept :] if name not in safe]
        for name in old:
            self._files.remove(name)
        self._files.sweep()
        return tuple(old)

    def _version(
        self, name: str, live: str | None, predecessor: str | None, published_at: datetime | None
    ) -> Version:
        note = self._files.note(name)
        report = GateReport.from_json(self._files.report(name))
        state = "live" if name == live else "former" if published_at or note.get("adopted") else "candidate"
        return Version(
            name=name,
            made_at=version_files.moment(note),
            user=str(note.get("user", "")),
            why=str(note.get("why", "")),
            run=note.get("run"),
            state=state,
            predecessor=name == predecessor,
            published_at=published_at,
            report=report,
            unapproved=len(report.unapproved(self._store.approved(name))) if report else 0,
        )


def _missing(name: str) -> PublicationError:
    return PublicationError(
        "no_such_version", f"version {name[:64]}: is not there; python -m bot versions lists them"
    )
