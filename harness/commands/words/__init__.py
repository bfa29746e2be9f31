"""The words of the command line: what each command is called, takes and where its work is."""
