"""`oncall demo` as a newcomer starts it, and a browser whose microphone speaks."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.microphone import speak_into
from tests.chromium import ARGUMENTS

REPOSITORY = Path(__file__).parents[2]
SECONDS_TO_START = 30
WIDE = {"width": 1340, "height": 824}


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    phones: str
    dashboard: str
    said: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """The real command in a folder of its own; ended as Ctrl-C ends it."""
    port, phones_port = free_port(), free_port()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "oncall", "demo", "--port", str(port), "--phones-port", str(phones_port)],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    watchdog = threading.Timer(SECONDS_TO_START, process.kill)
    watchdog.start()
    try:
        said = ""
        while "Ctrl-C ends it" not in said:
            line = process.stdout.readline()
            assert line, f"the demo did not start:\n{said}"
            said += line
        watchdog.cancel()
        yield Demo(f"http://127.0.0.1:{phones_port}/phones/", f"http://127.0.0.1:{port}/", said)
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=15)
        assert process.returncode == 0, rest
    finally:
        watchdog.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        process.wait(10)


@pytest.fixture
def browser(chromium: Path, tmp_path: Path) -> Iterator[Browser]:
    """A Chromium whose microphone hears a tone."""
    voice = tmp_path / "voice.wav"
    speak_into(voice)
    microphone = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
        "--autoplay-policy=no-user-gesture-required",
    )
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=[*ARGUMENTS, *microphone])
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser, which may use the microphone."""
    made = browser.new_context(viewport=WIDE, permissions=["microphone"], locale="en-GB", timezone_id="Europe/Brussels")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab; an error in any script of ours fails the test."""
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert errors == []
