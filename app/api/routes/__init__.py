"""One file a resource; each route reads, delegates and writes."""
