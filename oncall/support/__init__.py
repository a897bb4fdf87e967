"""The process around incidents: reports, and what else is kept in writing."""
