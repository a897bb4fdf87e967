"""A changed copy of a dataclass."""

import dataclasses
from datetime import timedelta

import pytest

from oncall.core.delivery import DeliveryState
from oncall.core.replacing import replace
from tests.integration.store.samples import NOW, a_page, an_incident


def test_a_changed_copy_is_what_the_standard_library_makes() -> None:
    page, incident = a_page(1001, details={"engineer": "Alice"}), an_incident()
    changes = {"state": DeliveryState.SENT, "sent_at": NOW, "provider_id": "SM1"}
    assert replace(page, **changes) == dataclasses.replace(page, **changes)
    later = {"due_at": NOW + timedelta(hours=1), "version": 3}
    assert replace(incident, **later) == dataclasses.replace(incident, **later)
    assert replace(page) == page


def test_a_field_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(TypeError, match="Delivery has no field 'colour'"):
        replace(a_page(1001), colour="red")
