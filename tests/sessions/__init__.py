"""Sessions of ask and tell: words, their order, the folder, what is refused."""
