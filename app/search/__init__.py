"""The use case of searching: what was asked becomes branches, their lists one page with reasons."""
