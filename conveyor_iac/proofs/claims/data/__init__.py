"""Claims about data, one file each."""
