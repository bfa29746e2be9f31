"""The dashboard: what happens, live, and what a tester makes happen. For the owner of the machine alone."""
