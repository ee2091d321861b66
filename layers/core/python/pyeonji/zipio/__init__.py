"""The ZIP format: writing segments and directories, reading hostile archives.

Bytes in, bytes out. Nothing here knows S3, files or accounts. Format references are to PKWARE's
APPNOTE.TXT 6.3.10 ("APPNOTE").
"""
