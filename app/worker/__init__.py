"""Makes pictures in a process of its own: unlike requests share model calls, seeds decide the bytes."""
