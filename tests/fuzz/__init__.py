"""Everything that reads what strangers wrote, fed with bytes nobody wrote: `make fuzz`."""
