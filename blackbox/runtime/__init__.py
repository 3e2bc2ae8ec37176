"""They act: the meter, the run, the engine and the store; no strategy, no objective, no torch."""
