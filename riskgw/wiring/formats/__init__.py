"""Dates and times as desks write them, the same in every language."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s O"
