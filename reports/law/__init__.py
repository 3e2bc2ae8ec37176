"""How true gain falls behind predicted gain with the distance, and whether it can be foretold."""
