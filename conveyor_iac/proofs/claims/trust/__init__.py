"""Claims about trust, one file each."""
