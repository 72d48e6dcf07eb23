"""What people did, and what follows from it: histories, links between items, trends."""
