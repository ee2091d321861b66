"""People: signing in, who they are, their mailboxes."""
