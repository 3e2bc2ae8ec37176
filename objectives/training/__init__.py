"""How the shipped networks learned: one file for each kind, for the scripts of the data sets."""
