"""A training under way: the trainer, its nets, events, checkpoints and run folder."""
