"""What each word of the command line does, one module for a family of words."""
