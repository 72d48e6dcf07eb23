"""People who search and click, made up, through HTTP alone: a world whose truth is known."""
