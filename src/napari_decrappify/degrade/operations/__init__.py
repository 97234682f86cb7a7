"""The operations that crappifiers are composed of, one kind a module."""
