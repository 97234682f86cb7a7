"""Training: recipes, pairs made on the fly, losses, and the trainer, a job of events."""
