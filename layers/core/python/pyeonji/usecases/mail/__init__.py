"""Mail in a mailbox: how it gets there."""
