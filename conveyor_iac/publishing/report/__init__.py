"""The page the security reviewer reads: of a release (index.html), or of one installation."""
