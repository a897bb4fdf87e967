"""What becomes of a text to the hotline: the carrier's own words (STOP, START, HELP), then our webhook and its reply.

After STOP nothing can be sent to that phone (21610), whatever our webhook answers.
"""

from collections.abc import Callable

from oncall.sim.live_message import LiveMessage, segments
from oncall.sim.network import API_VERSION, Network
from oncall.sim.twiml_reader import TwimlError, read_answer
from oncall.sim.verbs import Redirect, Reply
from oncall.sim.webhook import Answer, FetchError

STOP_WORDS = frozenset(["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"])
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])
_GEO = {f"{who}{what}": "" for who in ("From", "To") for what in ("City", "State", "Zip", "Country")}

SendText = Callable[[str, str, str], None]


class Switchboard:
    """Takes texts to the hotline. ``opted_out`` are the numbers that sent STOP."""

    def __init__(self, network: Network, send: SendText) -> None:
        self._network = network
        self._send = send
        self.opted_out: set[str] = set()

    def take(self, message: LiveMessage, url: str) -> None:
        """Answer what the carrier answers by itself, and send the webhook."""
        self._own_words(message)
        if url:
            self._ask(message, url)

    def _own_words(self, message: LiveMessage) -> None:
        word = message.body.strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(message.from_)
            self._send(
                message.to, message.from_, "You have successfully been unsubscribed. Reply START to resubscribe."
            )
        elif word in START_WORDS and message.from_ in self.opted_out:
            self.opted_out.discard(message.from_)
            self._send(
                message.to, message.from_, "You have successfully been re-subscribed to messages from this number."
            )
        elif word in HELP_WORDS:
            self._send(message.to, message.from_, "Reply STOP to unsubscribe. Msg&Data Rates May Apply.")

    def _ask(self, message: LiveMessage, url: str) -> None:
        self._network.sender.ask(url, self._params(message), lambda result: self._reply(message, url, result))

    def _params(self, message: LiveMessage) -> dict[str, str]:
        return {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": self._network.settings.account_sid,
            "From": message.from_,
            "To": message.to,
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(segments(message.body)),
            "SmsStatus": "received",
            "ApiVersion": API_VERSION,
            **_GEO,
        }

    def _reply(self, message: LiveMessage, url: str, result: Answer | FetchError) -> None:
        try:
            verbs = read_answer(result)
        except TwimlError as error:
            self._network.debug(error.code, message.sid, url, str(error))
            return
        for verb in verbs:
            if isinstance(verb, Redirect):
                self._ask(message, verb.url or url)
                return
            if not isinstance(verb, Reply):
                self._network.debug(12200, message.sid, url, f"{type(verb).__name__} cannot answer a text")
            elif not verb.body or len(verb.body) > 1600:
                self._network.debug(14103, message.sid, url, f"a reply of {len(verb.body)} characters was not sent")
            elif message.from_ in self.opted_out:
                self._network.debug(21610, message.sid, url, f"{message.from_} has opted out")
            else:
                self._send(message.to, message.from_, verb.body)
