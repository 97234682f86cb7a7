"""Marks that were blended over a picture, solved: their coverage, colour and opacity; and taken off again."""
