"""From a mail address to its servers: known providers, what the domain says of itself, guesses."""
