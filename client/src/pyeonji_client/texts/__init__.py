"""Every sentence the client shows, in Korean and English."""
