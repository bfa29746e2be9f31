"""Entities of API v4: one description each, from which reading, writing, checks and documents follow."""
