"""How nets learn: optimisers, schedules, learning rates by layer, moving averages."""
