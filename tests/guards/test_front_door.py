"""What README, Makefile, .ci/run and the Dockerfile promise exists, and they agree with one another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
INNER = {"uv", "environment", "fresh-model"}
"""Steps that verbs stand on; nobody calls them by name."""

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = dict(re.findall(r"^([a-z][\w-]*):(.*)$", MAKEFILE, re.MULTILINE))


def text(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text("utf-8")


def pages() -> list[Path]:
    """The pages that tell people what to type."""
    return [*(ROOT / name for name in READMES), *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[str]:
    """What a page shows as something to type: its code blocks line by line, and its inline code."""
    blocks = re.findall(r"```\w*\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL))
    return [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()] + inline


def verbs_of_make(page: Path) -> set[str]:
    """The verbs of `make` that a page shows, without the settings before and after them."""
    found = (re.match(r"(?:\w+=\S+ )*make ((?:[a-z][\w-]*(?: |$))+)", command) for command in commands(page))
    return {verb for match in found if match for verb in match[1].split()}


def verbs_of_bot() -> set[str]:
    """The verbs of `python -m bot` that a page, the Makefile or the Dockerfile uses."""
    shown = [command for page in pages() for command in commands(page)]
    used = re.compile(r"-m bot ([a-z][\w-]*)|\"-m\", \"bot\", \"([a-z][\w-]*)\"")
    return {
        verb
        for line in [*shown, MAKEFILE, text("Dockerfile")]
        for pair in used.findall(line)
        for verb in pair
        if verb
    }


def test_every_verb_says_what_it_does() -> None:
    silent = {target for target, rest in TARGETS.items() if " ## " not in rest} - INNER
    assert not silent, f"Add `## what it does` to {', '.join(sorted(silent))} in the Makefile"


def test_make_help_lists_every_verb() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"^  make (\S+)", shown.stdout, re.MULTILINE)) == set(TARGETS) - INNER


def test_every_verb_is_declared_to_be_no_file() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert declared
    assert set(declared[1].split()) == set(TARGETS)


@pytest.mark.parametrize("name", READMES)
def test_a_readme_shows_the_two_commands(name: str) -> None:
    assert {"run", "test"} <= verbs_of_make(ROOT / name)


def test_every_make_command_that_a_page_shows_exists() -> None:
    missing = {
        f"{page.relative_to(ROOT)}: make {verb}"
        for page in pages()
        for verb in verbs_of_make(page) - set(TARGETS)
    }
    assert not missing


def test_every_bot_command_that_is_shown_or_used_exists() -> None:
    verbs = verbs_of_bot()
    assert {"serve", "train", "check", "evaluate"} <= verbs
    for verb in sorted(verbs):
        asked = subprocess.run(
            [sys.executable, "-m", "bot", verb, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode == 0, f"python -m bot {verb}: {asked.stderr[-500:]}"


def test_make_test_runs_every_check() -> None:
    assert {"check", "lint", "types", "layers", "fresh-model"} <= set(TARGETS["test"].split("##")[0].split())


def test_ci_runs_make_test_and_leaves_no_service_out() -> None:
    script = text(".ci/run")
    assert re.search(r"^exec make --no-print-directory test$", script, re.MULTILINE)
    assert "set -euo pipefail" in script
    assert "export REQUIRE_SERVICES=1" in script
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_lock_files_were_made_by_the_command_that_make_lock_runs() -> None:
    recipe = " ".join(re.search(r"^lock:.*?(?=^\S)", MAKEFILE, re.MULTILINE | re.DOTALL)[0].split())  # type: ignore[index]
    for name in ("requirements", "requirements-dev"):
        made_by = text(f"{name}.txt").splitlines()[1].removeprefix("#").split()
        assert made_by[:3] == ["uv", "pip", "compile"]
        options = {word for word in made_by[3:] if word.startswith("--")}
        missing = {option for option in options if option not in recipe}
        assert not missing, f"{name}.txt was made with {missing}, which `make lock` does not use"
        assert f"{name}.in" in made_by


# ---- the image: no engine runs where these tests do, so its file is read ----

DOCKERFILE = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text("utf-8"))
INSTRUCTIONS = re.findall(r"^([A-Z]+) +(.*)$", DOCKERFILE, re.MULTILINE)


def all_of(instruction: str) -> list[str]:
    """The arguments of every use of an instruction, in order."""
    return [arguments for name, arguments in INSTRUCTIONS if name == instruction]


def test_the_image_stands_on_the_python_that_rasa_supports() -> None:
    assert [base.split()[0] for base in all_of("FROM")] == ["python:3.10-slim"] * 2


def test_the_image_does_not_run_as_root() -> None:
    last_stage = INSTRUCTIONS[max(i for i, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM") :]
    users = [arguments for name, arguments in last_stage if name == "USER"]
    assert users
    assert users[-1].split(":")[0] not in {"root", "0"}


def test_the_image_installs_only_what_is_locked_with_hashes() -> None:
    installs = [
        part
        for run in all_of("RUN")
        for part in run.split("&&")
        if re.search(r"\bpip (install|sync)\b", part)
    ]
    version = re.search(r"^UV_VERSION := (\S+)$", MAKEFILE, re.MULTILINE)
    assert version
    tool, locked = installs
    assert tool.split()[-1] == f"uv=={version[1]}", (
        "the Makefile and the Dockerfile name different versions of uv"
    )
    assert "--require-hashes" in locked
    assert locked.split()[-1] == "requirements.txt"


def test_the_image_is_trained_when_it_is_built_and_serves_to_the_outside() -> None:
    assert any("-m bot train" in run for run in all_of("RUN"))
    assert all_of("CMD") == ['["python", "-m", "bot", "serve"]']
    assert "HOST=0.0.0.0" in DOCKERFILE
    assert all_of("EXPOSE") == ["5005"]


def test_the_image_tells_whether_it_can_answer() -> None:
    (health,) = all_of("HEALTHCHECK")
    assert "/healthz" in health
    assert "python" in health, "slim images carry neither curl nor wget"


def test_no_secret_is_built_into_the_image() -> None:
    given = " ".join([*all_of("ENV"), *all_of("ARG")])
    assert not re.search(r"\w*(TOKEN|SECRET|PASSWORD|AES_KEY|DATABASE_URL|REDIS_URL)\w*=", given)


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    lines = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*", "everything stays out unless it is let in"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert not let_in & {".git", ".venv", ".env", "var", "models", "tests"}
    assert {"requirements.txt", "config.yml", "domain.yml", "bot", "actions", "data", "knowledge"} <= let_in
