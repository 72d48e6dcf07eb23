"""Keeps the log, documents, blobs and jobs in one SQL database, and snapshots of the views beside it."""
