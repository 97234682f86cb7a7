"""What follows the brush: strokes, and the docks that run anew at each."""
