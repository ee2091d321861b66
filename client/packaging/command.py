"""Where the frozen command line begins."""

import sys

from pyeonji_client.cli.main import main

sys.exit(main())
