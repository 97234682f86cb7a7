"""Nets that make images."""
