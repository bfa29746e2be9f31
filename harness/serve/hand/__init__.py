"""A journey by hand: the servers that a phone meets, the gate before the page, and the app that it plays."""
