"""Takes items and events in, and brings what the log says into the views."""
