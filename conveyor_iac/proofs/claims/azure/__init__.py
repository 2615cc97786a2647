"""Claims about a data plane on Azure: its addresses, doors, ways out, roles and guard rails."""
