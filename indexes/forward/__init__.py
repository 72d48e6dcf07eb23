"""The forward index: what is known about each ordinal, in columns, and filters over it."""
