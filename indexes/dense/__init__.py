"""Vectors and their nearest neighbours: exact, by graph, and under a filter."""
