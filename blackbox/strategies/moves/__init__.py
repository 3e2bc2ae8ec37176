"""How searches of our own move: steps, slopes, starts, and when a climb is over."""
