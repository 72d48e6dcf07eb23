"""Ranking: branch lists become one list whose every score can be taken apart again."""
