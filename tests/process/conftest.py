"""What the tests of real processes share."""

from collections.abc import Iterator

import pytest

from tests.process.provider import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A telephone provider on loopback that takes all."""
    with running_provider() as running:
        yield running
