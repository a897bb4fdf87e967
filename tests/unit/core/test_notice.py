"""Notices and the words for them."""

import pytest

from oncall.core.notice import NoticePurpose
from oncall.core.wording import notice_text
from tests.unit.core.night import an_incident

FACTS = {
    "hotline": "Example Hosting",
    "hotline_number": "+3225550199",
    "tracking_url": "https://x.example/track/t",
    "engineer": "Alice Martin",
    "since": "03:12",
    "note": "disk full",
}


@pytest.mark.parametrize("purpose", list(NoticePurpose))
def test_every_notice_has_words_and_none_names_an_engineer_before_one_acknowledged(purpose: NoticePurpose) -> None:
    text = notice_text(purpose, an_incident(), FACTS, "en-GB")
    assert text.strip()
    if purpose in (NoticePurpose.RECEIVED, NoticePurpose.REOPENED, NoticePurpose.SCREENED):
        assert "Alice" not in text
    if purpose is NoticePurpose.ACKNOWLEDGED:
        assert "Alice Martin" in text
