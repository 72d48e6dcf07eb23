"""Talks to a service over HTTP, as any client would."""
