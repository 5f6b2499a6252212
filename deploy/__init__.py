"""How Mingzhang is put on a machine: PostgreSQL, roles, service units. Imports no other room."""
