"""Where the frozen window begins."""

import sys

from pyeonji_client.window.main import main

sys.exit(main())
