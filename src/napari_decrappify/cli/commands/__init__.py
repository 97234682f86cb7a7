"""The commands of the command line: each module adds its options and runs."""
