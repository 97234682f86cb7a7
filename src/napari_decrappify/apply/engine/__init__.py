"""A model on arrays of any size: device, precision, tiles, memory."""
