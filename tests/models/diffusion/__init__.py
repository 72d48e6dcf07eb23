"""What the diffusion code promises, on problems whose answer is known."""
