"""Torch side of Trouvere: diffusion, networks, encoders, flows and their training."""
