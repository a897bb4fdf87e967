"""The `oncall` command. Each module here holds one of its words."""
