"""The only place that knows every real class: settings in, use cases out."""

from app.bootstrap.service import build
from app.bootstrap.tools import Tools, import_catalog, open_tools
from app.bootstrap.views import catch_up

__all__ = ["Tools", "build", "catch_up", "import_catalog", "open_tools"]
