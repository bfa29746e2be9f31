"""Promises, timers and TanStack Query on the phone's clock."""
