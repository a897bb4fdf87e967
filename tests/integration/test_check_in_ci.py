"""The hook and the CI job that the documentation gives do what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "how-to" / "check-in-ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def block(beginning: str) -> str:
    return next(text for _, text in BLOCKS if text.startswith(beginning))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the example's schedules on main, and a command `oncall` on the path."""
    made = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "schedules", made / "schedules")
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "oncall"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{REPOSITORY}" exec "{sys.executable}" -m oncall "$@"\n')
    command.chmod(0o755)
    git(made, "init", "--initial-branch=main")
    git(made, "add", ".")
    git(made, "commit", "-m", "The example")
    return made


def ran(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder.parent),
        **{
            f"GIT_{who}_{what}": "somebody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        },
        **more,
    }
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


def git(folder: Path, *words: str) -> str:
    done = ran(folder, "git", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "schedules" / name
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")


def test_the_hook_refuses_a_mistake_that_is_staged_and_nothing_else(clone: Path) -> None:
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.write_text(block("#!/bin/sh"), encoding="utf-8")
    hook.chmod(0o755)
    edit(clone, "schedules.yaml", "[dana, erik]", "[dana, eric]")
    (clone / "notes").write_text("no schedule")
    git(clone, "add", "notes")
    git(clone, "commit", "-m", "What is not staged is not checked")
    git(clone, "add", "schedules")
    refused = ran(clone, "git", "commit", "-m", "A mistake")
    assert refused.returncode != 0
    assert "did you mean `erik`?" in refused.stderr
    edit(clone, "schedules.yaml", "[dana, eric]", "[erik, dana]")
    git(clone, "commit", "-am", "No mistake")


def test_the_job_says_what_a_change_does_against_the_branch_that_it_goes_to(clone: Path) -> None:
    steps = YAML(typ="safe").load(block("name: Schedules"))["jobs"]["check"]["steps"]
    scripts = {step["name"]: step["run"] for step in steps if "run" in step}
    git(clone, "update-ref", "refs/remotes/origin/main", "main")
    git(clone, "switch", "-c", "change")
    edit(clone, "engineers.yaml", "Bob Peeters", "Robert Peeters")
    summary = clone.parent / "summary"
    for name in ("Check", "What changes for whom"):
        done = ran(
            clone, "bash", "-eo", "pipefail", "-c", scripts[name],
            DATABASE_URL="sqlite:///before.db", GITHUB_BASE_REF="main", GITHUB_STEP_SUMMARY=str(summary),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert "Engineer Robert Peeters (bob): name Robert Peeters instead of Bob Peeters." in summary.read_text()


def test_the_pre_commit_hook_runs_the_check_when_a_schedule_is_touched() -> None:
    [hook] = YAML(typ="safe").load(block("repos:"))["repos"][0]["hooks"]
    assert hook["entry"] == "oncall schedule check schedules"
    assert hook["pass_filenames"] is False
    assert re.search(hook["files"], "schedules/engineers.yaml")
    assert not re.search(hook["files"], "docs/schedules/notes.md")
