"""The imperative shell: performs what core decides, over ports. Start reading at loop.py."""
