"""What the docks share: the dock itself, its fields, and the choices of layers, masks and models."""
