"""`python -m pyeonji_client`."""

import sys

from .cli.main import main

sys.exit(main())
