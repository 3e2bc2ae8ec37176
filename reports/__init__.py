"""Studies that answer a question, each a folder made again by one command."""
