"""The rules of the hotline, pure: see README.md in this folder."""
