"""What a person likes: affinities to values of fields, and a taste vector."""
