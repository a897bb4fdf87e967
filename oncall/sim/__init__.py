"""Fakes that ship: a telephone carrier, the people on its phones, and a world with its own clock."""
