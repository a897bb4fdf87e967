"""The on-call hotline: answers the telephone, pages the engineer on call until a human acknowledges, and keeps the customer informed."""

__version__ = "0.1.0"
