"""Training runs in the fine-tuning dock: processes, curves and pictures."""
