"""Finding mail by its words: the text of a mail, the words of a text, the search file, queries.

Bytes and text in, values out; nothing here knows S3 or accounts. What goes into a search file and
what is asked of it are made by the same code, and `words.js` of the viewer makes the same of the
same text (`tests/vectors/words.json` holds both to it). Mail is written by strangers: everything
is bounded, and no mail makes anything here raise.
"""
