"""How libraries are spoken to: their calls, their losses, their loops as conversations."""
