"""How fast and how large. Every figure is measured against something else in the same run."""
