"""Pictures for the README, taken while the story is tested, where ONCALL_TEST_PICTURES is set."""

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


def take(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what this page shows as docs/pictures/<name>.png; nothing where no pictures are wanted."""
    if os.environ.get("ONCALL_TEST_PICTURES"):
        FOLDER.mkdir(exist_ok=True)
        page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)
