"""The program, which waits for last requests as long as a busy machine may need to send them."""

from team_echo.__main__ import main
from team_echo.http import site

from .support import SOON

site.LAST_REQUEST_TIME = SOON

raise SystemExit(main())
