"""Closed forms that tests compare against."""
