"""amo-harness by a name of its own, which nobody else has: where its command and its pytest plugin begin.

Its packages (`harness`, `scenarios`, …) have names that other projects use too. What begins here sees
whether they are found before it loads any of them. Must do nothing else.
"""
