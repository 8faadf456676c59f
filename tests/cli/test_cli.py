"""The commands: one line per problem, exit code 1, and no traceback for what an operator can get wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.copies import copy_repository, edit, pack_model, run_bot


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, which no test of this module changes."""
    return copy_repository(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def with_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that has an archive in the place of a model, which what is wrong comes before."""
    copy = copy_repository(tmp_path_factory.mktemp("cli"))
    pack_model(copy / "models" / "some.tar.gz")
    return copy


def problems(finished: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines about problems; there are some, they are counted, and nothing else is printed."""
    assert finished.returncode == 1, finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""
    *lines, last = finished.stderr.splitlines()
    assert last == f"{len(lines)} problem(s)."
    return lines


def test_check_says_that_all_is_well(root: Path) -> None:
    finished = run_bot(root, "check")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "no problems (without the original documents)" in " ".join(finished.stdout.split())


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            "knowledge/policy/huaian.yml",
            "place: huaian\n",
            "place: huaian\nplace: huaian\n",
            "huaian.yml, line 3: ",
        ),
        (
            "knowledge/policy/huaian.yml",
            "verified_on: 2026-11-22\n",
            "verified_on: 2026-11-22\nverifed: 1\n",
            "huaian.yml, ",
        ),
        ("knowledge/places.yml", "  policy: huaian\n", "", "places.yml, place huaian: no policy; add policy"),
        ("knowledge/faq.md", "依据：yunnan-1；核对：2026-11-22", "（待补）", "faq.md, line "),
        (
            "knowledge/faq.md",
            "## remote_care_meaning ",
            "## remote_meaning ",
            "faq.md, remote_meaning: has no examples",
        ),
        (
            "data/nlu.yml",
            "- intent: faq/remote_care_meaning\n",
            "- intent: faq/remote_meaning\n",
            "faq.md, remote_care_meaning: has no examples",
        ),
        ("knowledge/sources.yml", "figures: [", "figurs: [", "sources.yml, section "),
        (
            "knowledge/english.yml",
            '"异地安置退休人员": "resettled retiree"',
            '"异地安置退休人员": [retiree]',
            "english.yml, 异地安置退休人员: ",
        ),
    ],
)
def test_check_says_each_problem_in_one_line_with_file_place_found_and_what_to_write(
    tmp_path: Path, file: str, old: str, new: str, line: str
) -> None:
    copy = copy_repository(tmp_path)
    edit(copy / file, old, new)
    lines = problems(run_bot(copy, "check"))
    assert any(found.startswith(line) for found in lines), lines
    assert all(": " in found and "; " in found for found in lines), lines


def test_check_reports_the_problems_of_all_files_at_once(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    edit(copy / "knowledge" / "places.yml", "  policy: huaian\n", "")
    edit(copy / "knowledge" / "policy" / "xiamen.yml", "place: xiamen", "place: xiamn")
    lines = problems(run_bot(copy, "check"))
    assert {found.partition(",")[0] for found in lines} >= {"places.yml", "xiamen.yml"}


def test_nothing_is_trained_or_served_from_broken_files(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    edit(copy / "knowledge" / "places.yml", "  policy: huaian\n", "")
    pack_model(copy / "models" / "some.tar.gz")
    for command in ("train", "serve"):
        assert problems(run_bot(copy, command)) == ["places.yml, place huaian: no policy; add policy"]


@pytest.mark.parametrize("command", ["serve", "evaluate"])
def test_a_missing_model_is_one_line_that_names_the_command_to_run(root: Path, command: str) -> None:
    [line] = problems(run_bot(root, command))
    assert line == "models/, the folder: holds no trained model; run python -m bot train"


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "5005.5"])
def test_a_bad_port_is_one_line(with_model: Path, port: str) -> None:
    [line] = problems(run_bot(with_model, "serve", PORT=port))
    assert line == f"PORT={port} is not a port; write a number from 1 to 65535"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "DATABASE_URL"),
        ("mysql://root@127.0.0.1/x", "DATABASE_URL"),
        ("postgresql://nobody:geheim@127.0.0.1:1/none", "does not answer"),
        ("sqlite:////proc/none/assistant.db", "cannot be"),
    ],
)
def test_a_bad_database_is_one_line_without_its_password(with_model: Path, url: str, says: str) -> None:
    [line] = problems(run_bot(with_model, "serve", DATABASE_URL=url))
    assert says in line
    assert "geheim" not in line


def test_a_damaged_model_is_one_line_from_check_and_at_the_start(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    (copy / "models").mkdir()
    (copy / "models" / "some.tar.gz").write_bytes(b"no model at all")
    says = "models/some.tar.gz, the archive: cannot be read to its end; remove it and run python -m bot train"
    checked = run_bot(copy, "check")
    assert checked.returncode == 1
    assert says in checked.stderr.splitlines()
    assert problems(run_bot(copy, "serve")) == [says]


def test_a_bad_encoding_key_is_one_line_that_does_not_show_it(with_model: Path) -> None:
    settings = {"WECHAT_TOKEN": "token123", "WECHAT_ENCODING_AES_KEY": "short-secret"}
    [line] = problems(run_bot(with_model, "serve", DATABASE_URL="sqlite:///var/test.db", **settings))
    assert "43" in line
    assert "short-secret" not in line


def test_an_unknown_command_is_refused_with_those_there_are(root: Path) -> None:
    finished = run_bot(root, "dance")
    assert finished.returncode == 2
    assert "serve" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize("option", ["--model", "--compare"])
def test_a_model_that_is_not_there_is_one_line(with_model: Path, option: str) -> None:
    [line] = problems(run_bot(with_model, "evaluate", option, "nowhere.tar.gz"))
    assert line == "models/, the folder: holds no such trained model; run python -m bot train"
