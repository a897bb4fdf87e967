"""Webhooks are signed as the Standard Webhooks specification says; a secret comes from the environment."""

import base64
import hashlib
import hmac

import pytest

from oncall.errors import SettingsError
from oncall.settings import load_settings
from oncall.webhook_secrets import secrets_of, signatures, variable_name

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()


def reference(secret: str, event_id: str, timestamp: int, body: str) -> str:
    """The algorithm as the specification writes it, apart from ours."""
    key = base64.b64decode(secret[len("whsec_") :])
    content = f"{event_id}.{timestamp}.{body}"
    return "v1," + base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()


def test_the_vector_of_the_reference_implementation_holds() -> None:
    key = base64.b64decode(OLD.removeprefix("whsec_"))
    signed = signatures([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_rotated_both_sign() -> None:
    name = variable_name("status-page")
    assert name == "ONCALL_WEBHOOK_STATUS_PAGE_SECRET"
    settings = load_settings({name: NEW, f"{name}_SECONDARY": OLD}, serving=False)
    keys = secrets_of("status-page", settings.webhook_secrets)
    assert signatures(keys, "m", 7, "{}") == f"{reference(NEW, 'm', 7, '{}')} {reference(OLD, 'm', 7, '{}')}"


def test_a_secret_may_come_from_a_file(tmp_path) -> None:
    path = tmp_path / "secret"
    path.write_text(NEW + "\n")
    settings = load_settings({"ONCALL_WEBHOOK_OPS_SECRET_FILE": str(path)}, serving=False)
    assert secrets_of("ops", settings.webhook_secrets) == (b"n" * 32,)
    assert secrets_of("others", settings.webhook_secrets) == ()
    assert "nnnn" not in repr(settings)


@pytest.mark.parametrize("wrong", ["swordfish", "whsec_", "whsec_c2hvcnQ=", "whsec_?!", NEW.removeprefix("whsec_")])
def test_a_wrong_secret_stops_the_start_and_is_named(wrong: str) -> None:
    with pytest.raises(SettingsError, match="ONCALL_WEBHOOK_OPS_SECRET is not whsec_"):
        load_settings({"ONCALL_WEBHOOK_OPS_SECRET": wrong}, serving=False)
