"""Operations that draw strokes: lines through points, as thick at each as it says."""
