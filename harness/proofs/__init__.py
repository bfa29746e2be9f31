"""Faults, variants and historic pages in front of the contract."""
