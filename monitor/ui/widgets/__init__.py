"""Widgets that draw `Shown` text and nothing else."""
