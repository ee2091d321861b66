"""What the service does, one verb a module; ports come in as arguments."""
