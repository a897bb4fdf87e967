"""How often the telephone provider tries one of our URLs again: it reads that from the URL's fragment.

A fragment is neither sent nor signed. The names are Twilio's: ``ct`` and ``rt`` are the milliseconds to connect and to
answer, ``rc`` is how often it tries again, ``rp`` after what.
"""

# Somebody listens to silence meanwhile: three short tries fit into the provider's fifteen seconds.
_CALLER_WAITS = "#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt"
# By default only a failed connection is tried again: a restart, or a database that is away, would lose the callback.
_NOBODY_WAITS = "#rc=5&rp=5xx,ct,rt"


def asked_while_waiting(url: str) -> str:
    """A URL whose answer is spoken or sent, as the provider is given it."""
    return url + _CALLER_WAITS


def told_afterwards(url: str) -> str:
    """A URL that is told what became of something, as the provider is given it."""
    return url + _NOBODY_WAITS
