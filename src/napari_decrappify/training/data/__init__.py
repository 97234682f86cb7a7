"""Training data: pictures from files and arrays, patches, and the pairs made of them."""
