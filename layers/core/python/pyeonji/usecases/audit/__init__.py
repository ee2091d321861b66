"""Who did what with whose mail."""
