"""A study: the page is README.md, the command is in it."""
