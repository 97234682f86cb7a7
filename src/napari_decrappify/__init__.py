"""Make images worse on purpose, learn the way back, and apply it."""
