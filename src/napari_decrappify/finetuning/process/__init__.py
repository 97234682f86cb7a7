"""A training in a process of its own: its commands, its events, and the lock it holds."""
