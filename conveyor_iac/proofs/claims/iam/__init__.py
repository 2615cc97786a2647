"""Claims about iam, one file each."""
