"""What the carrier finds elsewhere while our host is down: static documents that record what the caller says."""

_RECORD = (
    b'<Response><Say language="en-GB">Our hotline is disturbed. Say who you are and what is wrong.</Say>'
    b'<Record action="/thanks" maxLength="120" timeout="5"/></Response>'
)
_THANKS = b'<Response><Say language="en-GB">Thank you. We call you back.</Say><Hangup/></Response>'


def fallback_document(path: str) -> bytes:
    """The document at this path."""
    return _THANKS if path.startswith("/thanks") else _RECORD
