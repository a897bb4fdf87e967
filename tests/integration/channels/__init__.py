"""Channels against the providers' wire formats."""
