"""Records and protocols of the service: pure, frozen, importing nothing else of `app`."""
