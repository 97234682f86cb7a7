"""What is measured: quality, feature distances, speed and memory."""
