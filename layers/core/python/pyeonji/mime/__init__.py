"""What a message says of itself: dates, subject, names, and the mbox files mail comes in.

Bytes in, values out; standard library only. Mail is written by strangers, so nothing in this
room raises on bad mail, and everything is bounded by a constant that says why it is what it is.
"""
