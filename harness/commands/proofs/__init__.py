"""The commands that show what the contract is worth."""
