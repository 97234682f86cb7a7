"""Many picture files through a call: what the command line and the Batch dock share."""
