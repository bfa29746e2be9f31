"""How a phone finds this machine: its addresses, and a code to scan."""
