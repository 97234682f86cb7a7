"""The fine-tuning dock: what is learned from, and how."""
