"""Nets trained on ImageNet: encoders of generators, and feature extractors."""
