"""The page of the coming weeks in a browser: it fits a telephone, and shows the picture that is made for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.chromium import ARGUMENTS

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's schedules as a page."""
    folder = tmp_path_factory.mktemp("page")
    done = subprocess.run(
        [sys.executable, "-m", "oncall", "schedule", "show", "--html", "page.html"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "ONCALL_SCHEDULES_DIR": str(REPOSITORY / "schedules"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "page.html"


@pytest.mark.parametrize(
    ("width", "shown", "hidden"), [(390, "svg.narrow", "svg.wide"), (1280, "svg.wide", "svg.narrow")]
)
def test_the_page_fits_and_shows_the_picture_for_its_width(
    chromium: Path, page_file: Path, width: int, shown: str, hidden: str
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": 844})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(page_file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator(shown).first.is_visible()
        assert not page.locator(hidden).first.is_visible()
        assert page.locator(f"{shown} text.who").first.bounding_box()["height"] > 8
        assert complaints == []
        browser.close()
