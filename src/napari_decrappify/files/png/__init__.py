"""PNG beyond what Pillow reads: 16-bit colour, and texts of any length."""
