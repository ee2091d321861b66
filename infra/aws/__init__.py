"""A stack on AWS itself: the page put up, and a first look whether everything works."""
