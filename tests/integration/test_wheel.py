"""The wheel: everything the product needs is in it, and it works outside the repository."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SHIPPED_AS_THEY_ARE = ("*.xml", "*.html", "*.css", "*.js", "*.json", "*.mako", "*.wav", "*.svg", "*.png", "*.typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without the network: the build's own tools are among the development packages."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--wheel-dir", folder, REPOSITORY],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content; the libraries are this environment's."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def oncall(installed: Path, elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "oncall", *arguments],
        cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_wheel_carries_everything_that_is_not_python(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    package = REPOSITORY / "oncall"
    wanted = {str(path.relative_to(REPOSITORY)) for kind in SHIPPED_AS_THEY_ARE for path in package.rglob(kind)}
    wanted |= {f"oncall/twiml/{path.name}" for path in (REPOSITORY / "twiml").glob("*.xml")}
    wanted |= {f"oncall/example_schedules/{path.name}" for path in (REPOSITORY / "schedules").glob("*.yaml")}
    assert len([name for name in wanted if name.startswith("oncall/twiml/")]) > 5
    assert "oncall/example_schedules/hotline.yaml" in wanted, "what the demo runs with"
    assert wanted - inside == set()


def test_the_wheel_carries_every_module_and_migration_and_nothing_else(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "oncall").rglob("*.py")}
    assert any("/migrations/versions/" in name for name in modules)
    assert modules - inside == set()
    foreign = {name for name in inside if not name.startswith(("oncall/", "oncall_hotline-"))}
    assert foreign == set()


def test_the_installed_package_upgrades_a_database_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    done = oncall(installed, tmp_path, "db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "oncall.db").exists()


def test_the_installed_package_checks_a_schedules_folder_outside_the_repository(
    installed: Path, tmp_path: Path
) -> None:
    done = oncall(installed, tmp_path, "schedule", "check", str(REPOSITORY / "schedules"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_the_installed_package_is_the_one_that_runs_and_finds_its_twiml(installed: Path, tmp_path: Path) -> None:
    look = (
        "import oncall.twiml, pathlib; here = pathlib.Path(oncall.twiml.__file__);"
        "print(here); print(len(list((here.parent / 'twiml').glob('*.xml'))))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", look],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    path, templates = done.stdout.split()
    assert Path(path) == installed / "oncall" / "twiml.py"
    assert int(templates) > 5
