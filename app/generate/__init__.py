"""Carries a generation request from acceptance in the log to encoded, kept and searchable pictures."""
