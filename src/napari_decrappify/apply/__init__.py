"""Models on arrays: devices, tiles, tasks, and lazy arrays."""
