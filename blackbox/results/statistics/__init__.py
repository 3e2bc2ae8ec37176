"""How good the strategies are and how sure that is: numbers of arrays, tables of frames."""
