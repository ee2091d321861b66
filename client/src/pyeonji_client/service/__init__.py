"""The service: its HTTP interface, and sending it what is packed."""
