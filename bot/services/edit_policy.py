"""Editing the rules of a place as YAML: the same checks, the worked cases run at once, the same writing and revisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.knowledge.base import load_knowledge
from bot.knowledge.checks import find_problems
from bot.knowledge.errors import KnowledgeError
from bot.knowledge.trial import read_policy
from bot.knowledge.writing import Change, fingerprint
from bot.services.drafts import EditError, EditRefusedError, Finding, Saved
from bot.services.edit_parts import conflict
from bot.services.edit_state import difference
from bot.services.editing import Editing
from bot.services.users import User
from bot.text.masking import mask
from bot.wording.editing import finding, message

# Runs the worked cases with a policy file in another wording; gives a line for each case that fails.
Cases = Callable[[str, str], Sequence[str]]
_LINE = re.compile(r"line (\d+)")


class PolicyEditing:
    """The files of ``knowledge/policy/`` below ``root``. ``cases`` gives nothing where there are no worked cases."""

    def __init__(
        self,
        editing: Editing,
        root: Path,
        today: Callable[[], date],
        sources_dir: Path | None = None,
        cases: Cases = lambda place, text: (),
    ) -> None:
        self._editing = editing
        self._root = root
        self._today = today
        self._sources_dir = sources_dir
        self._cases = cases

    def places(self) -> tuple[str, ...]:
        """The names of the files, without .yml."""
        return tuple(path.stem for path in sorted((self._root / "knowledge" / "policy").glob("*.yml")))

    def policy(self, place: str) -> str:
        """The text of a file; EditError where there is none."""
        return self._content(place).decode("utf-8")

    def version(self, place: str) -> str:
        """What tells this text from any other."""
        return fingerprint(self._content(place))

    def check_policy(self, place: str, text: str, *, cases: bool = True) -> tuple[Finding, ...]:
        """What is wrong with a text; the worked cases are run where nothing else is."""
        now = self.policy(place)
        if mask(text) != text and _masked(text, now) != text:
            return (
                *self._errors(place, text, cases),
                Finding("warning", "policy", message("masked"), code="masked"),
            )
        return self._errors(place, text, cases)

    def save_policy(self, place: str, text: str, user: User | None, why: str, base_version: str) -> Saved:
        """Save a text that began as ``base_version``; EditConflictError, EditRefusedError."""
        with self._editing.files.turn():
            before = self._content(place)
            now = before.decode("utf-8")
            if fingerprint(before) != base_version:
                raise conflict(("policy",), text, now)
            wanted = _masked(_lines_like(text, now), now)
            if wanted == now:
                return Saved(base_version, "")
            wrong = self._errors(place, wanted, cases=True)
            if wrong:
                raise EditRefusedError(wrong)
            return self._write(place, before, wanted, user, why, "policy_saved", masked=wanted != text)

    def revert(self, revision_id: int, user: User | None, why: str = "") -> Saved:
        """Take a change of a policy back; EditConflictError where the file was changed since."""
        kept = self._editing.stored(revision_id)
        place = kept.subject.removeprefix("policy/")
        with self._editing.files.turn():
            now = self._content(place)
            before, after = ((side or {}).get("text", "") for side in (kept.before, kept.after))
            if now.decode("utf-8") != after:
                raise conflict(("policy",), before, now.decode("utf-8"))
            wrong = self._errors(place, before, cases=True)
            if wrong:
                raise EditRefusedError(wrong)
            why = why or message("why_revert", number=revision_id)
            return self._write(place, now, before, user, why, "reverted")

    def _write(
        self,
        place: str,
        before: bytes,
        text: str,
        user: User | None,
        why: str,
        kind: str,
        *,
        masked: bool = False,
    ) -> Saved:
        after = text.encode("utf-8")
        now = before.decode("utf-8")
        diff = difference(now, text, _path(place))
        row = {"subject": f"policy/{place}", "before": {"text": now}, "after": {"text": text}, "diff": diff}
        revision = self._editing.commit([Change(_path(place), before, after)], user, kind, why, [row])
        return Saved(fingerprint(after), diff, revision, masked=masked)

    def _errors(self, place: str, text: str, cases: bool) -> tuple[Finding, ...]:
        found = tuple(dict.fromkeys(self._findings(place, text)))
        if found or not cases:
            return found
        failed = self._cases(place, text)
        return tuple(
            Finding("error", "policy", message("policy_cases", detail=line), code="cases") for line in failed
        )

    def _findings(self, place: str, text: str) -> Iterator[Finding]:
        name = f"policy/{place}.yml"
        try:
            policy = read_policy(place, text)
        except KnowledgeError as error:
            yield from (_finding(line, name) for line in error.problems)
            return
        try:
            base = load_knowledge(self._root / "knowledge")
        except KnowledgeError as error:
            raise EditError(message("file_broken", detail="；".join(error.problems))) from error
        changed = replace(base, policies={**base.policies, place: policy})
        known = set(find_problems(base, None, self._sources_dir, self._today()))
        for line in find_problems(changed, None, self._sources_dir, self._today()):
            if line.startswith(name) or line not in known:
                yield _finding(line, name)

    def _content(self, place: str) -> bytes:
        content = self._editing.files.read(_path(place)) if place in self.places() else None
        if content is None:
            raise EditError(message("no_policy", place=place))
        return content


def _path(place: str) -> str:
    return f"knowledge/policy/{place}.yml"


def _finding(line: str, name: str) -> Finding:
    """A problem beside its line, where it names one; with the parameter it is about."""
    head, _, rest = line.partition(": ")
    file, _, place = head.partition(", ")
    found, _, write = rest.partition("; ")
    number = _LINE.search(place)
    code, text = finding(found, write, where=place, place=place, hint="", most="", characters="")
    own = file in (name, name.removeprefix("policy/"))
    where = _LINE.sub(r"第 \1 行", place).replace("the file", "整个文件")
    where = where if own else f"{file}，{where}"
    return Finding("error", "policy", f"{where}：{text}", int(number[1]) if number else None, code)


def _lines_like(text: str, now: str) -> str:
    """A form's line ends as the file has them, with one at the end."""
    newline = "\r\n" if "\r\n" in now else "\n"
    return newline.join(text.rstrip().splitlines()) + newline


def _masked(text: str, now: str) -> str:
    """Personal data hidden in the lines that are new."""
    known = set(now.splitlines())
    ends = text.splitlines(keepends=True)
    return "".join(line if line.rstrip("\r\n") in known else mask(line) for line in ends)
