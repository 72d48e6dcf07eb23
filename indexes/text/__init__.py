"""Words and their index: analysis, terms, spelling and completion."""
