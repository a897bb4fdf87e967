"""The on-call hotline: answers the telephone, pages until a human acknowledges, and keeps the customer told."""

__version__ = "0.1.0"
