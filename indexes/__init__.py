"""Recall side of Trouvere: terms, vectors, suggestions and forward columns, all in memory."""
