"""What the service is about, in plain values: no I/O, standard library only."""
