"""The folder of YAML that people edit: read, checked, and turned into core's objects.

Every problem is reported with file, line, column and the fix. `load` is for those who need the configuration only,
`read` for those who also want `warnings` with their places.
"""

from oncall.schedule_files.cautions import warnings
from oncall.schedule_files.exporting import Export, export
from oncall.schedule_files.folder import fingerprint, read_folder
from oncall.schedule_files.loading import Loaded, load, read
from oncall.schedule_files.problem import Place, Problem, ScheduleFilesError
from oncall.schedule_files.schema import json_schema

__all__ = [
    "Export",
    "Loaded",
    "Place",
    "Problem",
    "ScheduleFilesError",
    "export",
    "fingerprint",
    "json_schema",
    "load",
    "read",
    "read_folder",
    "warnings",
]
