"""What time does to requests, and the net below it."""
