"""Places and what is near them: cells of the earth, widening rings, and what is liked around a point."""
