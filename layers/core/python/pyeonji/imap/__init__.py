"""IMAP from the client's side, without a socket: bytes in, replies out; what to send, as bytes.

`lexer` takes answers apart, `replies` finds them in what arrives, `conversation` knows what may be
said when and what the answers mean. Whoever has a connection feeds it and sends what it asks for.
RFC 3501, with ID (2971), NAMESPACE (2342), LIST-EXTENDED (5258) and STATUS=SIZE (8438).
"""
