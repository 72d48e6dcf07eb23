"""Ways into and out of the collection: the demo icons, and folders of pictures with their metadata."""

from app.ingest.importers.export import ExportReport, export_folder
from app.ingest.importers.folder import import_folder
from app.ingest.importers.icons import import_icons
from app.ingest.importers.report import ImportReport, Progress, Rejection

__all__ = [
    "ExportReport",
    "ImportReport",
    "Progress",
    "Rejection",
    "export_folder",
    "import_folder",
    "import_icons",
]
