"""Rankers: how a list of candidates is learned to be ordered, from clicks or from judgments."""
