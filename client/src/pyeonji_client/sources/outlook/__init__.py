"""Outlook's mails, out of PST and OST stores and single `.msg` files.

Outlook keeps no mail as it was received: it keeps properties ([MS-OXCMSG], [MS-OXPROPS]). What
comes out of here is rebuilt from them, the same bytes every time, and marked so (`converted`).
Transport headers are kept where the store has them.
"""
