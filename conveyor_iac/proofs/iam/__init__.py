"""What policies allow, asked as claims about every request there can be."""
