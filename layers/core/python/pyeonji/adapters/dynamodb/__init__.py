"""One table; docs/table.md is the truth about its keys."""
