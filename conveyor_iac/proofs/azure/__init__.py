"""What the claims about Azure read: plain resources of a stack, their networks, conditions, roles and queries."""
