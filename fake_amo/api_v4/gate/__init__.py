"""What every call of API v4 goes through, and what every write sets off."""
