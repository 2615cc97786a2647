"""Claims about installer, one file each."""
