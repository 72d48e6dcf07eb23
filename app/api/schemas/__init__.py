"""The shapes on the wire: every unknown field is refused by name."""
