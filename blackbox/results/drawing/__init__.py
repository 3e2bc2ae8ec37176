"""Pictures: curves, ranks and decoded objects, as matplotlib figures that agree in colour."""
