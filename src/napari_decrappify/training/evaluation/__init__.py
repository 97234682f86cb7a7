"""How good a generator is: figures and pictures of held-out data, and warnings."""
