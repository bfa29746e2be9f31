"""What an account sells and to whom: its catalogs and their elements, its customers."""
