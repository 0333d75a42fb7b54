"""One module a group of fields: each takes what was read and proposes a value, or none."""
