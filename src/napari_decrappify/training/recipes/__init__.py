"""Recipes: validated training configurations, and the ones that come with the package."""
