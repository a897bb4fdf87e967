"""What Slack is answered while it waits: from the configuration, or that it was taken in. Nobody outside is asked."""

from collections.abc import Mapping
from typing import Any

from oncall.core.inbound import Platform
from oncall.core.slack import Form, Kind, Said, read
from oncall.core.slack_words import answer_at_once
from oncall.engine.inbound import Inbound
from oncall.errors import ConfigurationError
from oncall.ports import Environment

TAKEN_IN = "Taken in: you will see it here in a moment."
NOT_READY = "The hotline has no configuration yet; nothing was taken in."


class SlackDoor:
    """The web calls ``received``."""

    def __init__(self, env: Environment, inbound: Inbound) -> None:
        self._env = env
        self._inbound = inbound

    def received(self, form: Form, body: Mapping[str, Any], text: str) -> str:
        """Keep what concerns us, to be worked on; what whoever did it reads at once, "" for nothing.

        ``text`` is the body as JSON. Raises StoreUnavailableError.
        """
        said = read(form, body)
        if said is None:
            return ""
        if said.kind is Kind.COMMAND:
            return self._commanded(said, text)
        self._keep(form, said, text)
        return ""

    def _commanded(self, said: Said, text: str) -> str:
        try:
            at_once = answer_at_once(said.text, self._env.configuration.current(), self._env.clock.now())
        except ConfigurationError:
            return NOT_READY
        if at_once:
            return at_once
        self._keep(Form.COMMAND, said, text)
        return TAKEN_IN

    def _keep(self, form: Form, said: Said, text: str) -> None:
        new = self._inbound.received(Platform.SLACK, said.id, type=form.value, subject=said.subject, body=text)
        self._env.log("slack.received", kind=said.kind.value, channel=said.channel, known=not new)
