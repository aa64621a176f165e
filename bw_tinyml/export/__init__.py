"""Exports: files that other tools accept."""
