"""What generator and critic minimise."""
