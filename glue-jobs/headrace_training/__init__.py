"""Runs a trainer on what it may learn from, and judges what it made on what it has not seen."""
