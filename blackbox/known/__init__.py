"""What is known of an objective before a study begins: read, checked against it, handed on."""
