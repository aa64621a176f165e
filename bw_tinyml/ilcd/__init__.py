"""ILCD: what its writer and its reader share: names, quantities, flow lists, and a checker.

The format is ILCD 1.1, with eILCD's life cycle models.
"""
