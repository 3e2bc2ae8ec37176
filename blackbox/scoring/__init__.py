"""Everything between a latent point and a number: the objective, and the only torch of the core."""
