"""Whether what was found is real: what judges saw from start to best, against what was scored."""
